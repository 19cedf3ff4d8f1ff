import { describe, expect, it } from "vitest";
import { HangError } from "../error.ts";
import { catalogJson } from "./document.ts";
import { maxRenditions, parseCatalog } from "./parse.ts";

const video = {
  codec: "vp09.00.31.08",
  container: { kind: "legacy" },
  codedWidth: 1280,
  codedHeight: 720,
  framerate: 30,
  bitrate: 900_000,
  jitter: 34,
};
const audio = { codec: "opus", container: { kind: "legacy" }, sampleRate: 48_000, numberOfChannels: 2, bitrate: 64_000, jitter: 20 };
const whole = {
  video: { renditions: { "video/hd": video }, display: { width: 1280, height: 720 } },
  audio: { renditions: { "audio/data": audio } },
};

function refusal(value: unknown): string {
  try {
    parseCatalog(value);
  } catch (error) {
    expect(error).toBeInstanceOf(HangError);
    expect((error as HangError).code).toBe("catalog_invalid");
    return (error as Error).message;
  }
  return "accepted";
}
const withVideo = (change: object) => ({ video: { renditions: { v: { ...video, ...change } } } });

describe("parseCatalog", () => {
  it("reads every field of the reference example and writes the same document again", () => {
    const catalog = parseCatalog(whole);
    expect(catalog.video?.renditions.get("video/hd")).toEqual(video);
    expect(catalog.audio?.renditions.get("audio/data")).toEqual(audio);
    expect(catalogJson(catalog)).toEqual(whole);
  });
  it("takes an absent container as legacy and an empty catalog as no media", () => {
    expect(parseCatalog({ video: { renditions: { v: { codec: "vp8" } } } }).video?.renditions.get("v")?.container).toEqual({
      kind: "legacy",
    });
    expect(parseCatalog({})).toEqual({ extensions: {}, skipped: [] });
  });
  it("accepts the old array and single-object forms", () => {
    const catalog = parseCatalog({ video: [{ track: { name: "a" }, config: video }], audio: { track: { name: "b" }, config: audio } });
    expect([...(catalog.video?.renditions.keys() ?? [])]).toEqual(["a"]);
    expect([...(catalog.audio?.renditions.keys() ?? [])]).toEqual(["b"]);
  });
  it("skips a rendition in an unknown container and says why, but keeps the others", () => {
    const catalog = parseCatalog({ video: { renditions: { a: { ...video, container: { kind: "hologram", x: 1 } }, b: video } } });
    expect([...(catalog.video?.renditions.keys() ?? [])]).toEqual(["b"]);
    expect(catalog.skipped).toEqual([{ track: "a", reason: 'container "hologram" is not known' }]);
  });
  it("keeps unknown keys of the root only", () => {
    expect(parseCatalog({ telemetry: { v: 1 }, ...withVideo({ extra: 1 }) }).extensions).toEqual({ telemetry: { v: 1 } });
  });
  it.each([
    [[], "catalog must be an object"],
    [{ video: {} }, "catalog.video.renditions is missing"],
    [withVideo({ jitter: 33.3 }), 'catalog.video.renditions["v"].jitter must be an integer from 0 to 2^53 - 1, not 33.3'],
    [withVideo({ bitrate: null }), "bitrate must be an integer"],
    [withVideo({ description: "abc" }), "description must be an even number of hex digits"],
    [withVideo({ codec: 7 }), "codec must be a string"],
    [withVideo({ container: { kind: "cmaf" } }), "container.init is missing"],
    [{ video: { renditions: { v: {} } } }, "codec is missing"],
    [{ audio: { renditions: { a: { codec: "opus" } } } }, "sampleRate is missing"],
    [
      { video: { renditions: Object.fromEntries(Array.from({ length: maxRenditions + 1 }, (_, i) => [i, video])) } },
      `more than ${maxRenditions}`,
    ],
  ])("refuses %j", (value, message) => {
    expect(refusal(value)).toContain(message);
  });
});
