import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CliErrorCode } from "../error.ts";
import { samplePath } from "../pub/publish-file.ts";
import { type MediaFile, openMedia } from "./media-file.ts";
import type { TimedPacket } from "./packet.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
async function take(file: MediaFile, name: string, loop: boolean, limit = Number.POSITIVE_INFINITY): Promise<TimedPacket[]> {
  const list: TimedPacket[] = [];
  const track = file.tracks.find((each) => each.name === name);
  for await (const packet of track?.packets(loop) ?? []) if (list.push(packet) >= limit) break;
  return list;
}

describe("the sample", () => {
  it("has two renditions and sound, described as players want it", async () => {
    const file = await openMedia(samplePath);
    expect(file.tracks.map(({ name, config }) => [name, config])).toEqual([
      [
        "video/720p",
        { codec: "vp09.00.31.08", codedWidth: 1280, codedHeight: 720, framerate: 30, bitrate: expect.any(Number), jitter: 34 },
      ],
      ["video/360p", { codec: "vp09.00.21.08", codedWidth: 640, codedHeight: 360, framerate: 30, bitrate: expect.any(Number), jitter: 34 }],
      ["audio/data", { codec: "opus", sampleRate: 48_000, numberOfChannels: 2, bitrate: expect.any(Number), jitter: 20 }],
    ]);
    for (const { config } of file.tracks) expect(Number.isInteger(config.bitrate)).toBe(true);
    expect([file.skipped, file.picture, file.periodUs]).toEqual([[], { display: { width: 1280, height: 720 } }, 30_000_000]);
    file.close();
  });
  it("has a keyframe at every full second, in both renditions", async () => {
    const file = await openMedia(samplePath);
    for (const name of ["video/720p", "video/360p"]) {
      const keys = (await take(file, name, false)).filter(({ keyframe }) => keyframe).map(({ timestampUs }) => timestampUs);
      expect(keys).toEqual(Array.from({ length: 30 }, (_, second) => second * 1_000_000));
    }
    file.close();
  });
  it("loops without a gap in sound or picture", async () => {
    const file = await openMedia(samplePath);
    const sound = await take(file, "audio/data", true, 3100);
    expect(sound.every(({ timestampUs }, at) => timestampUs === at * 20_000)).toBe(true);
    const picture = await take(file, "video/360p", true, 1850);
    const steps = picture.slice(1).map(({ timestampUs }, at) => timestampUs - (picture[at]?.timestampUs ?? 0));
    expect([Math.min(...steps), Math.max(...steps)]).toEqual([33_000, 34_000]);
    expect(picture[900]).toMatchObject({ timestampUs: 30_000_000, keyframe: true });
    file.close();
  });
});
describe("other files", () => {
  it("gives H.264 its avcC, counts from the earliest frame, and says how unevenly B-frames come", async () => {
    const file = await openMedia(fixture("bframes.mp4"));
    const [video, audio] = file.tracks;
    expect(video).toMatchObject({ name: "video/54p", config: { codec: "avc1.64000a", framerate: 25, jitter: 160 } });
    expect(video?.config.description).toMatch(/^0164000a([0-9a-f]{2})+$/);
    expect(audio?.config).toMatchObject({ codec: "mp4a.40.2", sampleRate: 44_100, numberOfChannels: 1, jitter: 24 });
    const [frames, sound] = [await take(file, "video/54p", false), await take(file, "audio/data", false)];
    expect([frames[0]?.timestampUs, sound[0]?.timestampUs]).toEqual([23_219, 0]);
    expect(frames.filter(({ keyframe }) => keyframe)).toHaveLength(3);
    const gaps = frames.slice(1).map(({ sendUs }, at) => sendUs - (frames[at]?.sendUs ?? 0));
    expect([Math.min(...gaps), Math.max(...gaps)]).toEqual([40_000, 40_000]);
    file.close();
  });
  it("leaves out what no browser decodes, and says why", async () => {
    const file = await openMedia(fixture("mixed.mov"));
    expect(file.tracks.map(({ name }) => name)).toEqual(["video/36p"]);
    expect(file.skipped).toEqual([
      { track: "audio track 1", reason: "no browser decodes pcm-s16" },
      { track: "video track 2", reason: 'its codec "mp4v" is unknown' },
    ]);
    file.close();
  });
  it.each([
    [fixture("encrypted.mp4"), CliErrorCode.notMedia, /video track 1: it is encrypted/],
    [fixture("make-fixtures.sh"), CliErrorCode.notMedia, /is neither an MP4 nor a WebM file$/],
    [fixture("nothing.mp4"), CliErrorCode.fileNotFound, /^no file ".*nothing\.mp4"$/],
    [fixture(""), CliErrorCode.fileNotFound, /is not a file$/],
  ])("refuses %s in one line", async (path, code, message) => {
    const error = await openMedia(path).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "CliError", code, message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain("\n");
  });
});
