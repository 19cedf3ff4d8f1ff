import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LiteError } from "../error.ts";
import { toPath } from "../model/path.ts";
import { AnnounceInit, AnnounceOk, announce, announceRequest } from "./announce.ts";
import { type Codec, decodeBody, encodeMessage } from "./codec.ts";
import { Cursor } from "./cursor.ts";
import { Fetch } from "./fetch.ts";
import { bodyOf, vectors } from "./fixtures/vectors.ts";
import { Goaway } from "./goaway.ts";
import { encodeFrameHeader, GroupHeader } from "./group.ts";
import { encodeLegacySetup, LegacyClientSetup, LegacyServerSetup } from "./legacy-setup.ts";
import { probe } from "./probe.ts";
import { Setup } from "./setup.ts";
import { SubscribeDrop, SubscribeUpdate, subscribe, subscribeOk } from "./subscribe.ts";
import { TrackInfoMessage, TrackRequest } from "./track.ts";
import { Version } from "./version.ts";

function declared(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(LiteError);
    expect(["decode", "bounds_exceeded", "protocol_violation"]).toContain((error as LiteError).code);
    return;
  }
  throw new Error("nothing was thrown");
}

describe.each(vectors)("$name", (one) => {
  test("is written as in the reference", () => {
    expect(Buffer.from(encodeMessage(one.codec, one.message, one.type)).toString("hex")).toBe(one.hex);
  });
  test("is read as in the reference", () => {
    expect(decodeBody(one.codec, bodyOf(one))).toEqual(one.read ?? one.message);
  });
  test("cut at any byte, or one byte too long, is refused", () => {
    const whole = bodyOf(one);
    for (let length = 0; length < whole.byteLength; length++) declared(() => decodeBody(one.codec, whole.subarray(0, length)));
    declared(() => decodeBody(one.codec, Uint8Array.of(...whole, 0)));
  });
});

test("frame headers carry the delta and the size", () => {
  expect(Buffer.from(encodeFrameHeader(1000, 5)).toString("hex")).toBe("47d005");
  expect(Buffer.from(encodeFrameHeader(2000, 5)).toString("hex")).toBe("4fa005");
  expect(Buffer.from(encodeFrameHeader(-1, 0)).toString("hex")).toBe("0100");
});
test("frame headers without a timestamp carry the size", () => {
  expect(Buffer.from(encodeFrameHeader(undefined, 5)).toString("hex")).toBe("05");
});

/** moq-lite §12.2, captured; parameters that say nothing to us are read past. */
describe("legacy SETUP", () => {
  const versions = [0xff0dad02, 0xff0dad01, 0xff00000e];
  const list = "03 c0000000ff0dad02 c0000000ff0dad01 c0000000ff00000e";
  const name = "07 0b 6d6f712d6c6974652d6a73";
  test.each([
    ["of @moq/net 0.3.4", `${list} 03 02 8000a455 80040b5a 01 ${name}`, 0x31],
    ["of @moq/net 0.1.9 and @moq/lite 0.2.2", `${list} 02 02 8000a455 ${name}`, 0x2c],
  ])("%s is read", (_, hex, length) => {
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
    expect(bytes.byteLength).toBe(length);
    expect(decodeBody(LegacyClientSetup, bytes)).toEqual({ versions, implementation: "moq-lite-js" });
    for (let cut = 0; cut < bytes.byteLength; cut++) declared(() => decodeBody(LegacyClientSetup, bytes.subarray(0, cut)));
    declared(() => decodeBody(LegacyClientSetup, Uint8Array.of(...bytes, 0)));
  });
  test("a server's answer is read, with and without parameters", () => {
    const bytes = Buffer.from(`c0000000ff0dad02 03 02 8000a455 80040b5a 01 ${name}`.replaceAll(" ", ""), "hex");
    expect(bytes.byteLength).toBe(0x20);
    expect(decodeBody(LegacyServerSetup, bytes)).toEqual({ version: 0xff0dad02, implementation: "moq-lite-js" });
    for (let cut = 0; cut < bytes.byteLength; cut++) declared(() => decodeBody(LegacyServerSetup, bytes.subarray(0, cut)));
    expect(decodeBody(LegacyServerSetup, Buffer.from("c0000000ff0dad0100", "hex"))).toEqual({ version: 0xff0dad01 });
  });
  test("ours has a type, two bytes of length and the body", () => {
    const ours = encodeLegacySetup(0x20, LegacyClientSetup, { versions: versions.slice(0, 2), implementation: "moq-lite-js" });
    expect(Buffer.from(ours).toString("hex")).toBe(`20001f02c0000000ff0dad02c0000000ff0dad0101${name.replaceAll(" ", "")}`);
  });
  test("more versions or parameters than the limits are refused", () => {
    const many = [0x40, 129, ...Array.from({ length: 129 }, () => 1), 0];
    expect(() => decodeBody(LegacyClientSetup, Uint8Array.from(many))).toThrow(
      expect.objectContaining({ code: "bounds_exceeded" }) as Error,
    );
    const parameters = [1, 0x40, 65, ...Array.from({ length: 65 }, () => [2, 0]).flat()];
    expect(() => decodeBody(LegacyServerSetup, Uint8Array.from(parameters))).toThrow(
      expect.objectContaining({ code: "bounds_exceeded" }) as Error,
    );
  });
});

const announce05 = announce(Version.lite05);

describe("limits", () => {
  const long = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(0x61);
  const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
  const varint4 = (value: number): number[] => [0x80 | (value >>> 24), value >>> 16, value >>> 8, value];
  test.each([
    ["33 hops", announce05, [1, 1, 0x61, 33, ...ones(33)]],
    ["a name of 4097 bytes", TrackRequest, [0, ...varint4(4097), ...long(4097)]],
    [
      "a path of 33 segments",
      TrackRequest,
      [
        0x40,
        65,
        ..."a/"
          .repeat(32)
          .split("")
          .map((c) => c.charCodeAt(0)),
        0x61,
        0,
      ],
    ],
    ["65 SETUP parameters", Setup, [0x40, 65, ...Array.from({ length: 65 }, (_, i) => [0x40, 100 + i, 0]).flat()]],
    ["a GOAWAY of 8193 bytes", Goaway, [...varint4(8193), ...long(8193)]],
  ] as [string, Codec<unknown>, number[]][])("%s are too many", (_, codec, bytes) => {
    expect(() => decodeBody(codec, Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: "bounds_exceeded" }) as Error);
  });
  test("what is exactly at a limit is read", () => {
    expect(decodeBody(announce05, Uint8Array.from([1, 1, 0x61, 32, ...ones(32)])).hops).toHaveLength(32);
    expect(decodeBody(Goaway, Uint8Array.from([...varint4(8192), ...long(8192)])).uri).toHaveLength(8192);
  });
  test.each([
    ["a boolean of 2", TrackInfoMessage, "0002000101"],
    ["a timescale of 0", TrackInfoMessage, "00000000"],
    ["status 3", announce05, "03016100"],
    ["text that is not UTF-8", Goaway, "02c328"],
    ["restart before 05", announce(Version.lite04), "02016100"],
    ["a count of broadcasts that cannot be there", AnnounceInit, "bfffffff"],
  ] as [string, Codec<unknown>, string][])("%s is refused", (_, codec, hex) => {
    expect(() => decodeBody(codec, Buffer.from(hex, "hex"))).toThrow(expect.objectContaining({ code: "decode" }) as Error);
  });
  test("a SETUP parameter given twice is a violation", () => {
    expect(() => decodeBody(Setup, Buffer.from("02010101010101", "hex"))).toThrow(
      expect.objectContaining({ code: "protocol_violation" }) as Error,
    );
  });
  test("restart is read as active", () => {
    expect(decodeBody(announce05, Buffer.from("02016100", "hex"))).toEqual({ active: true, suffix: "a", hops: [] });
  });
});

describe("round trips", () => {
  const big = fc.bigInt({ min: 0n, max: (1n << 62n) - 1n });
  const safe = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  const group = fc.nat({ max: Number.MAX_SAFE_INTEGER - 1 });
  const name = fc.string({ maxLength: 100, unit: "grapheme" });
  const route = fc.array(fc.stringMatching(/^[a-z0-9.]{1,9}$/), { maxLength: 32 }).map((parts) => toPath(parts.join("/")));
  const wish = fc.record(
    { priority: fc.nat({ max: 255 }), ordered: fc.boolean(), maxLatencyMs: safe, start: group, end: group },
    { requiredKeys: ["priority", "ordered", "maxLatencyMs"] },
  );
  const shapes: [string, Codec<never>, fc.Arbitrary<unknown>][] = [
    ["ANNOUNCE_REQUEST", announceRequest(Version.lite05) as Codec<never>, fc.record({ prefix: route, exclude: big })],
    ["ANNOUNCE_REQUEST 03", announceRequest(Version.lite03) as Codec<never>, fc.record({ prefix: route, exclude: fc.constant(0n) })],
    ["ANNOUNCE_INIT", AnnounceInit as Codec<never>, fc.record({ suffixes: fc.array(route) })],
    ["ANNOUNCE_OK", AnnounceOk as Codec<never>, fc.record({ hop: big, active: safe })],
    ["ANNOUNCE", announce05 as Codec<never>, fc.record({ active: fc.boolean(), suffix: route, hops: fc.array(big, { maxLength: 32 }) })],
    ["SUBSCRIBE", subscribe(Version.lite03) as Codec<never>, fc.record({ id: big, broadcast: route, track: name, wish })],
    ["SUBSCRIBE_OK", subscribeOk(Version.lite03) as Codec<never>, wish],
    ["legacy SETUP", LegacyServerSetup as Codec<never>, fc.record({ version: safe, implementation: name })],
    ["SUBSCRIBE_UPDATE", SubscribeUpdate as Codec<never>, wish],
    ["SUBSCRIBE_DROP", SubscribeDrop as Codec<never>, fc.record({ first: safe, last: safe, code: safe })],
    ["TRACK", TrackRequest as Codec<never>, fc.record({ broadcast: route, track: name })],
    [
      "TRACK_INFO",
      TrackInfoMessage as Codec<never>,
      fc.record({ priority: fc.nat({ max: 255 }), ordered: fc.boolean(), maxLatencyMs: safe, timescale: safe.map((n) => n || 1) }),
    ],
    ["GROUP", GroupHeader as Codec<never>, fc.record({ subscribe: big, sequence: safe })],
    ["FETCH", Fetch as Codec<never>, fc.record({ broadcast: route, track: name, priority: fc.nat({ max: 255 }), group: safe })],
    ["PROBE", probe(Version.lite04) as Codec<never>, fc.record({ bitrate: safe, rttMs: safe })],
    ["GOAWAY", Goaway as Codec<never>, fc.record({ uri: name })],
    [
      "SETUP",
      Setup as Codec<never>,
      fc.record(
        { probe: fc.nat({ max: 2 }), path: name.filter((n) => n !== ""), role: fc.nat({ max: 2 }), origin: big.filter((n) => n > 0n) },
        { requiredKeys: [] },
      ),
    ],
  ];
  test.each(shapes)("%s", (_, codec, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        const cursor = new Cursor(encodeMessage(codec, message as never));
        expect(decodeBody(codec, cursor.bytes(cursor.varint()))).toEqual(message);
        cursor.end();
      }),
      { numRuns: 200 },
    );
  });
});
