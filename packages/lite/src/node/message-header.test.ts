import { expect, test } from "vitest";
import { headroomBytes } from "../qmux/socket.ts";
import { Sink } from "../wire/sink.ts";
import { frameBinary } from "./message-header.ts";

function framed(bytes: number): Buffer {
  const message = new Sink(bytes, headroomBytes).bytes(new Uint8Array(bytes).fill(7));
  frameBinary(message);
  return Buffer.from(message.finish());
}

// RFC 6455 §5.2: FIN and opcode 2, no mask, 7 or 7+16 bits of length.
test.each([
  [0, "8200"],
  [1, "8201"],
  [125, "827d"],
  [126, "827e007e"],
  [16382, "827e3ffe"],
  [65535, "827effff"],
])("a message of %i bytes gets the header %s", (bytes, header) => {
  const message = framed(bytes);
  expect(message.subarray(0, header.length / 2).toString("hex")).toBe(header);
  expect(message.subarray(header.length / 2).equals(Buffer.alloc(bytes, 7))).toBe(true);
});
test("a longer one is refused", () => {
  expect(() => framed(65536)).toThrow(RangeError);
});
