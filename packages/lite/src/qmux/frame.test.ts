import { describe, expect, test } from "vitest";
import { LiteError } from "../error.ts";
import { fuzzRuns } from "../testing/fixtures/fuzz-runs.ts";
import { seededRandom } from "../testing/fixtures/random.ts";
import { Cursor } from "../wire/cursor.ts";
import { Sink } from "../wire/sink.ts";
import { decodeFrame, encodeFrame, type QmuxFrame } from "./frame.ts";
import { decodeLegacyFrame, encodeLegacyFrame } from "./legacy-frame.ts";
import { decodeParameters, encodeParameters } from "./parameters.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** qmux-websocket §9; `read` marks forms that are only read. */
const vectors: readonly { readonly name: string; readonly frame: QmuxFrame; readonly hex: string; readonly read?: true }[] = [
  { name: "STREAM", frame: { kind: "stream", id: 4, offset: 0, data: text("hi"), fin: false }, hex: "0e0400026869" },
  { name: "STREAM FIN", frame: { kind: "stream", id: 4, offset: 5, data: text("hi"), fin: true }, hex: "0f0405026869" },
  { name: "STREAM id 8", frame: { kind: "stream", id: 8, offset: 2, data: text("bye"), fin: true }, hex: "0f080203627965" },
  { name: "STREAM no offset", frame: { kind: "stream", id: 4, offset: 0, data: text("hi"), fin: false }, hex: "0a04026869", read: true },
  { name: "STREAM to end", frame: { kind: "stream", id: 4, offset: 0, data: text("hi"), fin: false }, hex: "08046869", read: true },
  { name: "RESET", frame: { kind: "reset_stream", id: 4, code: 42, finalSize: 300 }, hex: "04042a412c" },
  { name: "RESET 0", frame: { kind: "reset_stream", id: 4, code: 42, finalSize: 0 }, hex: "04042a00" },
  { name: "RESET_AT", frame: { kind: "reset_stream_at", id: 4, code: 42, finalSize: 300, reliableSize: 200 }, hex: "24042a412c40c8" },
  { name: "STOP", frame: { kind: "stop_sending", id: 4, code: 42 }, hex: "05042a" },
  { name: "APPLICATION_CLOSE", frame: { kind: "close", application: true, code: 42, reason: "bye" }, hex: "1d2a03627965" },
  { name: "APPLICATION_CLOSE 0", frame: { kind: "close", application: true, code: 0, reason: "" }, hex: "1d0000" },
  { name: "CONNECTION_CLOSE", frame: { kind: "close", application: false, code: 42, reason: "bye" }, hex: "1c2a0003627965" },
  { name: "CONNECTION_CLOSE 1002", frame: { kind: "close", application: false, code: 1002, reason: "bad" }, hex: "1c43ea0003626164" },
  { name: "MAX_DATA", frame: { kind: "max_data", max: 2_097_152 }, hex: "1080200000" },
  { name: "MAX_STREAM_DATA", frame: { kind: "max_stream_data", id: 4, max: 524_288 }, hex: "110480080000" },
  { name: "MAX_STREAMS bidi", frame: { kind: "max_streams", bidi: true, max: 200 }, hex: "1240c8" },
  { name: "MAX_STREAMS uni", frame: { kind: "max_streams", bidi: false, max: 200 }, hex: "1340c8" },
  { name: "DATA_BLOCKED", frame: { kind: "data_blocked", limit: 1_048_576 }, hex: "1480100000" },
  { name: "STREAM_DATA_BLOCKED", frame: { kind: "stream_data_blocked", id: 4, limit: 262_144 }, hex: "150480040000" },
  { name: "STREAMS_BLOCKED bidi", frame: { kind: "streams_blocked", bidi: true, limit: 100 }, hex: "164064" },
  { name: "STREAMS_BLOCKED uni", frame: { kind: "streams_blocked", bidi: false, limit: 100 }, hex: "174064" },
  { name: "QX_PING request", frame: { kind: "ping", response: false, sequence: 1n }, hex: "f48c67529ef8c7bd01" },
  { name: "QX_PING response", frame: { kind: "ping", response: true, sequence: 1n }, hex: "f48c67529ef8c7be01" },
  { name: "DATAGRAM", frame: { kind: "datagram", data: text("hi") }, hex: "31026869" },
  { name: "DATAGRAM to end", frame: { kind: "datagram", data: text("hi") }, hex: "306869", read: true },
  { name: "PARAMETERS", frame: { kind: "parameters", body: bytes("04024400") }, hex: "ff5153300d0a0d0a0404024400" },
];

describe.each(vectors)("$name $hex", ({ frame, hex, read }) => {
  test("is read", () => {
    const cursor = new Cursor(bytes(hex));
    expect(decodeFrame(cursor)).toEqual(frame);
    expect(decodeFrame(cursor)).toBeUndefined();
  });
  if (read) return;
  test("is written", () => {
    const sink = new Sink(1);
    encodeFrame(sink, frame);
    expect(Buffer.from(sink.finish()).toString("hex")).toBe(hex);
  });
  if (frame.kind === "close") return; // Its reason is read leniently: old peers write it differently.
  test("cut at any byte is refused", () => {
    for (let length = 1; length < hex.length / 2; length++)
      expect(() => decodeFrame(new Cursor(bytes(hex).subarray(0, length)))).toThrow(LiteError);
  });
});

test("padding is skipped and several frames of a record are read in order", () => {
  const cursor = new Cursor(bytes("0000 1240c8 00 1340c8"));
  expect([decodeFrame(cursor)?.kind, decodeFrame(cursor)?.kind, decodeFrame(cursor)]).toEqual(["max_streams", "max_streams", undefined]);
});
test.each(["24042a40c8412c", "02", "3f", "f48c67529ef8c7bf01"])("%s is a violation", (hex) => {
  expect(() => decodeFrame(new Cursor(bytes(hex)))).toThrow(expect.objectContaining({ code: "protocol_violation" }) as Error);
});
test("an application close with a frame type in front of its reason, as old peers write it, still closes", () => {
  expect(decodeFrame(new Cursor(bytes("1d2a0003627965")))).toEqual({ kind: "close", application: true, code: 42, reason: "" });
});
test("credit above 2^53 - 1 is as good as unlimited", () => {
  expect(decodeFrame(new Cursor(bytes("10ffffffffffffffff")))).toEqual({ kind: "max_data", max: Number.MAX_SAFE_INTEGER });
});

/** qmux-websocket §9, column `webtransport`. */
const legacy: readonly { readonly frame: QmuxFrame; readonly hex: string }[] = [
  { frame: { kind: "stream", id: 4, offset: 0, data: text("hi"), fin: false }, hex: "08046869" },
  { frame: { kind: "stream", id: 4, offset: 0, data: text("hi"), fin: true }, hex: "09046869" },
  { frame: { kind: "stream", id: 8, offset: 0, data: text("bye"), fin: true }, hex: "0908627965" },
  { frame: { kind: "reset_stream", id: 4, code: 42, finalSize: 0 }, hex: "04042a" },
  { frame: { kind: "stop_sending", id: 4, code: 42 }, hex: "05042a" },
  { frame: { kind: "close", application: true, code: 42, reason: "bye" }, hex: "1d2a627965" },
  { frame: { kind: "close", application: true, code: 0, reason: "" }, hex: "1d00" },
  { frame: { kind: "close", application: false, code: 42, reason: "bye" }, hex: "1c2a627965" },
  { frame: { kind: "close", application: false, code: 1002, reason: "bad" }, hex: "1c43ea626164" },
];
describe.each(legacy)("legacy $frame.kind $hex", ({ frame, hex }) => {
  test("is read and written", () => {
    expect(decodeLegacyFrame(new Cursor(bytes(hex)))).toEqual(frame);
    const sink = new Sink(1);
    encodeLegacyFrame(sink, frame);
    expect(Buffer.from(sink.finish()).toString("hex")).toBe(hex);
  });
  test("cut before its data is refused", () => {
    const head = frame.kind === "reset_stream" || frame.kind === "stop_sending" ? 3 : 2;
    for (let length = 0; length < head; length++)
      expect(() => decodeLegacyFrame(new Cursor(bytes(hex).subarray(0, length)))).toThrow(LiteError);
  });
});
test.each(["0a0402", "10ff", "00"])("%s is no legacy frame", (hex) => {
  expect(() => decodeLegacyFrame(new Cursor(bytes(hex)))).toThrow(expect.objectContaining({ code: "protocol_violation" }) as Error);
});
test("the legacy framing has no credit to write", () => {
  expect(() => encodeLegacyFrame(new Sink(1), { kind: "max_data", max: 1 })).toThrow(LiteError);
});

describe("transport parameters", () => {
  const captured = "010480007530 040480100000 050480040000 060480040000 070480040000 08024064 09024064 c571c59429cd0845027ffe";
  const plain = {
    maxIdleTimeoutMs: 30_000,
    maxData: 1_048_576,
    maxStreamDataBidiLocal: 262_144,
    maxStreamDataBidiRemote: 262_144,
    maxStreamDataUni: 262_144,
    maxStreamsBidi: 100,
    maxStreamsUni: 100,
    resetStreamAt: false,
    maxRecordSize: 16_382,
  };
  test("the set of a released peer is read, with and without what we do not send", () => {
    expect(decodeParameters(bytes(`${captured}2002 7ffe`))).toEqual(plain);
    expect(decodeParameters(bytes(`${captured}2002 7ffe1d00`))).toEqual({ ...plain, resetStreamAt: true });
  });
  test("ours are written as captured", () => {
    expect(Buffer.from(encodeParameters(plain)).toString("hex")).toBe(captured.replaceAll(" ", ""));
    expect(Buffer.from(encodeParameters({ ...plain, resetStreamAt: true })).toString("hex")).toBe(`${captured.replaceAll(" ", "")}1d00`);
  });
  test("absent means 0, and the least record size", () => {
    expect(decodeParameters(bytes("04024400"))).toMatchObject({
      maxData: 1024,
      maxStreamsUni: 0,
      maxIdleTimeoutMs: 0,
      maxRecordSize: 16_382,
    });
  });
  test.each([
    ["given twice", "04024400 04024400"],
    ["with a byte too many", "0403440000"],
    ["of QUIC alone", "0000"],
    ["application protocols", "fd4f9c2a8b1e607500"],
    ["a record size below the least", "c571c59429cd0845027ffd"],
    ["reset_stream_at with a value", "1d0101"],
  ])("one %s is a violation", (_, hex) => {
    expect(() => decodeParameters(bytes(hex))).toThrow(expect.objectContaining({ code: "protocol_violation" }) as Error);
  });
  test("an unknown one is skipped", () => {
    expect(decodeParameters(bytes("4fff 03 010203 04024400"))).toMatchObject({ maxData: 1024 });
  });
});

test(`${fuzzRuns} fuzzed records of every framing give frames or a declared error`, () => {
  const random = seededRandom(99);
  for (let i = 0; i < fuzzRuns; i++) {
    const parts = Array.from({ length: 1 + random(3) }, () => bytes(vectors[random(vectors.length)]?.hex ?? ""));
    const record = Uint8Array.from(parts.flatMap((part) => [...part]));
    for (let n = random(4); n > 0; n--) record[random(record.byteLength)] = random(256);
    const cursor = new Cursor(record.subarray(0, record.byteLength - random(3)));
    try {
      for (let frame = decodeFrame(cursor); frame; frame = decodeFrame(cursor))
        if (frame.kind === "parameters") decodeParameters(frame.body);
      decodeLegacyFrame(new Cursor(record));
    } catch (error) {
      if (!(error instanceof LiteError)) throw error;
    }
  }
});
