import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readProxyHeader } from "./proxy-protocol.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");
const signature = "0d0a0d0a 000d0a51 5549540a";
const four = hex(`${signature} 21 11 000c c0000201 c6336401 dd11 115b`);
const six = hex(`${signature} 21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000002 dd11 115b`);

describe("a header that is whole", () => {
  test.each([
    ["TCP4", Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.1 56593 4443\r\n"), { host: "192.0.2.1", port: 56593 }],
    ["TCP6", Buffer.from("PROXY TCP6 2001:db8::1 2001:db8::2 56593 4443\r\n"), { host: "2001:db8::1", port: 56593 }],
    ["UNKNOWN", Buffer.from("PROXY UNKNOWN ffff:f...f:ffff ffff 65535 65535\r\n"), undefined],
    ["UNKNOWN alone", Buffer.from("PROXY UNKNOWN\r\n"), undefined],
    ["version 2 of IPv4", four, { host: "192.0.2.1", port: 56593 }],
    ["version 2 of IPv6", six, { host: "2001:db8:0:0:0:0:0:1", port: 56593 }],
    [
      "version 2 with what a proxy adds",
      hex(`${signature} 21 11 0013 c0000201 c6336401 dd11 115b 03 0004 00000000`),
      { host: "192.0.2.1", port: 56593 },
    ],
    ["version 2 of the proxy itself", hex(`${signature} 20 00 0000`), undefined],
    ["version 2 of a Unix socket", hex(`${signature} 21 31 0002 0000`), undefined],
  ])("%s tells the source, at its length, whatever follows, and waits at every cut", (_name, bytes, source) => {
    expect(readProxyHeader(bytes)).toEqual({ kind: "header", length: bytes.length, source });
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.from("GET / HTTP/1.1\r\n")]))).toEqual({
      kind: "header",
      length: bytes.length,
      source,
    });
    for (let cut = 0; cut < bytes.length; cut++) expect(readProxyHeader(bytes.subarray(0, cut)), `cut at ${cut}`).toEqual({ kind: "more" });
  });
});

test.each([
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\n")],
  ["TLS", hex("16030100")],
  ["a line that does not end", Buffer.from(`PROXY TCP4 ${"1".repeat(200)}`)],
  ["another family", Buffer.from("PROXY TCP5 192.0.2.1 198.51.100.1 1 2\r\n")],
  ["addresses of the other family", Buffer.from("PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n")],
  ["a port above 65535", Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.1 65536 2\r\n")],
  ["a port with a zero in front", Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n")],
  ["too many words", Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n")],
  ["too few words", Buffer.from("PROXY TCP4 192.0.2.1\r\n")],
  ["version 3", hex(`${signature} 31 11 000c c0000201 c6336401 dd11 115b`)],
  ["an unknown command", hex(`${signature} 22 11 000c c0000201 c6336401 dd11 115b`)],
  ["addresses that are too short", hex(`${signature} 21 11 0004 c0000201`)],
  ["more than a proxy adds", hex(`${signature} 21 11 ffff`)],
])("%s is malformed", (_name, bytes) => {
  expect(readProxyHeader(bytes)).toEqual({ kind: "malformed" });
});

test("no bytes make it throw, tell more than there is, or wait for ever", () => {
  const starts = fc.constantFrom(
    Buffer.alloc(0),
    Buffer.from("PROXY "),
    Buffer.from("PROXY TCP4 "),
    hex(signature),
    hex(`${signature}2111`),
    four,
  );
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 5000 }), (start, rest) => {
      const bytes = Buffer.concat([start, rest]);
      const read = readProxyHeader(bytes);
      if (read.kind === "header") expect(read.length).toBeLessThanOrEqual(bytes.length);
      if (read.kind === "more") expect(bytes.length).toBeLessThan(16 + 4096);
    }),
  );
});
