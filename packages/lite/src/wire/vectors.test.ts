import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LiteError } from "../error.ts";
import { toPath } from "../model/path.ts";
import { seededRandom } from "../testing/fixtures/random.ts";
import { Announce, AnnounceOk, AnnounceRequest } from "./announce.ts";
import { type Codec, decodeBody, encodeMessage } from "./codec.ts";
import { Cursor } from "./cursor.ts";
import { Fetch } from "./fetch.ts";
import { Goaway } from "./goaway.ts";
import { encodeFrameHeader, GroupHeader } from "./group.ts";
import { Probe } from "./probe.ts";
import { Setup } from "./setup.ts";
import { Subscribe, SubscribeDrop, SubscribeEnd, SubscribeReply, SubscribeStart, SubscribeUpdate } from "./subscribe.ts";
import { TrackInfoMessage, TrackRequest } from "./track.ts";

interface Vector<T> {
  readonly name: string;
  readonly codec: Codec<T>;
  readonly message: T;
  readonly hex: string;
  readonly type?: number;
}
function vector<T>(name: string, codec: Codec<T>, message: T, hex: string | readonly [type: number, hex: string]): Vector<unknown> {
  const [type, text] = typeof hex === "string" ? [undefined, hex] : hex;
  return { name, codec, message, hex: text, ...(type === undefined ? {} : { type }) } as Vector<unknown>;
}
const path = toPath("room/a");
const full = { priority: 60, ordered: true, maxLatencyMs: 500, start: 10, end: 20 };
const plain = { priority: 60, ordered: false, maxLatencyMs: 0 };

/** moq-lite §11, column lite-05. */
const vectors = [
  vector("ANNOUNCE_REQUEST room", AnnounceRequest, { prefix: toPath("room"), exclude: 42n }, "0604726f6f6d2a"),
  vector("ANNOUNCE_REQUEST empty", AnnounceRequest, { prefix: toPath(""), exclude: 0n }, "020000"),
  vector("ANNOUNCE_OK", AnnounceOk, { hop: 42n, active: 2 }, "022a02"),
  vector("ANNOUNCE active", Announce, { active: true, suffix: toPath("alice"), hops: [7n, 300n] }, "0b0105616c6963650207412c"),
  vector("ANNOUNCE ended", Announce, { active: false, suffix: toPath("alice"), hops: [] }, "080005616c69636500"),
  vector(
    "SUBSCRIBE full",
    Subscribe,
    { id: 1n, broadcast: path, track: "video", wish: full },
    "140106726f6f6d2f6105766964656f3c0141f40b15",
  ),
  vector(
    "SUBSCRIBE plain",
    Subscribe,
    { id: 1n, broadcast: path, track: "video", wish: plain },
    "130106726f6f6d2f6105766964656f3c00000000",
  ),
  vector("SUBSCRIBE_UPDATE", SubscribeUpdate, { priority: 80, ordered: false, maxLatencyMs: 100, start: 0 }, "06500040640100"),
  vector("SUBSCRIBE_DROP", SubscribeDrop, { first: 5, last: 7, code: 2 }, [SubscribeReply.drop, "0203050702"]),
  vector("SUBSCRIBE_START", SubscribeStart, { group: 10 }, [SubscribeReply.start, "00010a"]),
  vector("SUBSCRIBE_END", SubscribeEnd, { group: 21 }, [SubscribeReply.end, "010115"]),
  vector("SUBSCRIBE_END nothing", SubscribeEnd, { group: 0 }, [SubscribeReply.end, "010100"]),
  vector("TRACK", TrackRequest, { broadcast: path, track: "video" }, "0d06726f6f6d2f6105766964656f"),
  vector("TRACK_INFO", TrackInfoMessage, { priority: 7, ordered: true, maxLatencyMs: 2000, timescale: 90000 }, "08070147d080015f90"),
  vector("TRACK_INFO defaults", TrackInfoMessage, { priority: 0, ordered: false, maxLatencyMs: 5000, timescale: 1000 }, "060000538843e8"),
  vector("FETCH", Fetch, { broadcast: path, track: "video", priority: 3, group: 7 }, "0f06726f6f6d2f6105766964656f0307"),
  vector("PROBE", Probe, { bitrate: 2_500_000, rttMs: 40 }, "05802625a028"),
  vector("PROBE unknown", Probe, { bitrate: 0, rttMs: 40 }, "020028"),
  vector("GOAWAY empty", Goaway, { uri: "" }, "0100"),
  vector("GOAWAY", Goaway, { uri: "https://b.example/" }, "131268747470733a2f2f622e6578616d706c652f"),
  vector("GROUP", GroupHeader, { subscribe: 1n, sequence: 300 }, "0301412c"),
  vector("SETUP empty", Setup, {}, "0100"),
  vector("SETUP probe, origin", Setup, { probe: 1, origin: 42n }, "070201010105012a"),
  vector("SETUP path, role", Setup, { path: "/room?jwt=x", role: 2 }, "1102020b2f726f6f6d3f6a77743d78030102"),
];

function body({ hex, type }: Vector<unknown>): Uint8Array {
  const cursor = new Cursor(Buffer.from(hex, "hex"));
  if (type !== undefined) expect(cursor.varint()).toBe(type);
  const bytes = cursor.bytes(cursor.varint());
  cursor.end();
  return bytes;
}
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
    expect(decodeBody(one.codec, body(one))).toEqual(one.message);
  });
  test("cut at any byte, or one byte too long, is refused", () => {
    const whole = body(one);
    for (let length = 0; length < whole.byteLength; length++) declared(() => decodeBody(one.codec, whole.subarray(0, length)));
    declared(() => decodeBody(one.codec, Uint8Array.of(...whole, 0)));
  });
});

test("frame headers carry the delta and the size", () => {
  expect(Buffer.from(encodeFrameHeader(1000, 5)).toString("hex")).toBe("47d005");
  expect(Buffer.from(encodeFrameHeader(2000, 5)).toString("hex")).toBe("4fa005");
  expect(Buffer.from(encodeFrameHeader(-1, 0)).toString("hex")).toBe("0100");
});

describe("limits", () => {
  const long = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(0x61);
  const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
  const varint4 = (value: number): number[] => [0x80 | (value >>> 24), value >>> 16, value >>> 8, value];
  test.each([
    ["33 hops", Announce, [1, 1, 0x61, 33, ...ones(33)]],
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
    expect(decodeBody(Announce, Uint8Array.from([1, 1, 0x61, 32, ...ones(32)])).hops).toHaveLength(32);
    expect(decodeBody(Goaway, Uint8Array.from([...varint4(8192), ...long(8192)])).uri).toHaveLength(8192);
  });
  test.each([
    ["a boolean of 2", TrackInfoMessage, "0002000101"],
    ["a timescale of 0", TrackInfoMessage, "00000000"],
    ["status 3", Announce, "03016100"],
    ["text that is not UTF-8", Goaway, "02c328"],
  ] as [string, Codec<unknown>, string][])("%s is refused", (_, codec, hex) => {
    expect(() => decodeBody(codec, Buffer.from(hex, "hex"))).toThrow(expect.objectContaining({ code: "decode" }) as Error);
  });
  test("a SETUP parameter given twice is a violation", () => {
    expect(() => decodeBody(Setup, Buffer.from("02010101010101", "hex"))).toThrow(
      expect.objectContaining({ code: "protocol_violation" }) as Error,
    );
  });
  test("restart is read as active", () => {
    expect(decodeBody(Announce, Buffer.from("02016100", "hex"))).toEqual({ active: true, suffix: "a", hops: [] });
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
    ["ANNOUNCE_REQUEST", AnnounceRequest as Codec<never>, fc.record({ prefix: route, exclude: big })],
    ["ANNOUNCE_OK", AnnounceOk as Codec<never>, fc.record({ hop: big, active: safe })],
    ["ANNOUNCE", Announce as Codec<never>, fc.record({ active: fc.boolean(), suffix: route, hops: fc.array(big, { maxLength: 32 }) })],
    ["SUBSCRIBE", Subscribe as Codec<never>, fc.record({ id: big, broadcast: route, track: name, wish })],
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
    ["PROBE", Probe as Codec<never>, fc.record({ bitrate: safe, rttMs: safe })],
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

test("20 000 fuzzed bodies give a message or a declared error", () => {
  const codecs = [...new Set(vectors.map(({ codec }) => codec))];
  const random = seededRandom(12_345);
  for (let i = 0; i < 20_000; i++) {
    const one = vectors[random(vectors.length)] as Vector<unknown>;
    const bytes = Uint8Array.from(body(one));
    for (let n = random(4); n >= 0 && bytes.byteLength > 0; n--) bytes[random(bytes.byteLength)] = random(256);
    const codec = random(4) === 0 ? (codecs[random(codecs.length)] as Codec<unknown>) : one.codec;
    try {
      decodeBody(codec, bytes.subarray(0, bytes.byteLength - random(2)));
    } catch (error) {
      if (!(error instanceof LiteError)) throw error;
    }
  }
});
