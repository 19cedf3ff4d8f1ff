import { defaultTrackInfo } from "@moqscope/lite";
import { expect, it } from "vitest";
import { LegacyFrame } from "../container/legacy.ts";
import { readCatalog } from "../read/read-catalog.ts";
import { mediaTrackInfo } from "./media-track.ts";
import { HangPublisher } from "./publisher.ts";

const vp9 = { codec: "vp09.00.31.08", codedWidth: 640, codedHeight: 360 };
const opus = { codec: "opus", sampleRate: 48_000, numberOfChannels: 2 };
const frame = (timestampUs: number, keyframe = true) => ({ timestampUs, keyframe, payload: Uint8Array.of(timestampUs % 256) });

it("publishes additions of one turn as one catalog group of one frame, and nothing when nothing changed", async () => {
  const publisher = new HangPublisher();
  publisher.addVideo("video/sd", vp9);
  publisher.addAudio("audio/data", opus);
  await Promise.resolve();
  const track = await publisher.broadcast.track("catalog.json");
  expect(track.info).toEqual(defaultTrackInfo);
  expect([track.latest?.sequence, track.latest?.frames.length, track.latest?.state.kind]).toEqual([0, 1, "finished"]);
  publisher.remove("no such track");
  await Promise.resolve();
  expect(track.latest?.sequence).toBe(0);
  publisher.remove("video/sd");
  await Promise.resolve();
  expect(track.latest?.sequence).toBe(1);
});
it("begins a video group at each keyframe, in legacy frames with microseconds twice", async () => {
  const publisher = new HangPublisher();
  const media = publisher.addVideo("v", vp9);
  for (const [us, key] of [
    [0, true],
    [33_000, false],
    [66_000, true],
  ] as const)
    media.write(frame(us, key));
  expect(media.track.info).toEqual(mediaTrackInfo);
  expect(media.track.get(0)?.frames.map((f) => f.timestamp)).toEqual([0, 33_000]);
  expect(media.track.get(0)?.state.kind).toBe("finished");
  expect(media.track.get(1)?.state.kind).toBe("open");
  expect(media.track.get(0)?.frames.map((f) => LegacyFrame.decode(f.payload).timestampUs)).toEqual([0, 33_000]);
  expect(media.written).toEqual({ frames: 3, groups: 2, bytes: 3 });
});
it("gives every audio frame its own finished group", () => {
  const media = new HangPublisher().addAudio("a", opus);
  for (const us of [0, 20_000, 40_000]) media.write(frame(us));
  expect([0, 1, 2].map((n) => media.track.get(n)?.state.kind)).toEqual(["finished", "finished", "finished"]);
});
it("refuses a first frame that is no keyframe, a taken name and a configuration that players would refuse", () => {
  const publisher = new HangPublisher();
  const media = publisher.addVideo("v", vp9);
  expect(() => media.write(frame(0, false))).toThrow("must begin with a keyframe");
  expect(() => publisher.addVideo("v", vp9)).toThrow("is there already");
  expect(() => publisher.addVideo("w", { ...vp9, bitrate: 1.5 })).toThrow("bitrate must be an integer");
  expect(publisher.broadcast.tracks.has("w")).toBe(false);
});
it("ends its open group, tracks and catalog on close, twice and by scope", async () => {
  let escaped: HangPublisher;
  {
    using publisher = new HangPublisher();
    publisher.addVideo("v", vp9).write(frame(0));
    escaped = publisher;
  }
  escaped.close();
  const video = await escaped.broadcast.track("v");
  expect([video.ended, video.get(0)?.state.kind]).toEqual([true, "finished"]);
  const catalogs = [];
  for await (const catalog of readCatalog(escaped.broadcast)) catalogs.push([...(catalog.video?.renditions.keys() ?? [])]);
  expect(catalogs).toEqual([["v"]]);
});
