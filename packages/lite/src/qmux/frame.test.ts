import { describe, expect, test } from "vitest";
import { LiteError } from "../error.ts";
import { Cursor } from "../wire/cursor.ts";
import { Sink } from "../wire/sink.ts";
import { bytes, legacyVectors, vectors } from "./fixtures/vectors.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import { decodeLegacyFrame, encodeLegacyFrame } from "./legacy-frame.ts";
import { decodeParameters, encodeParameters } from "./parameters.ts";

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

describe.each(legacyVectors)("legacy $frame.kind $hex", ({ frame, hex }) => {
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
