import { expect, it } from "vitest";
import { codecLabel } from "../../measure/codec-label.ts";
import { renditionLabel, videoDecoderConfig } from "./configs.ts";
import { DecoderFeed } from "./decoder.ts";
import { PictureQueue } from "./picture-queue.ts";
import { chooseRendition, switchDirection } from "./rendition.ts";

const ladder = new Map([
  ["hd", { codec: "vp8", codedWidth: 1280, codedHeight: 720, bitrate: 2000 }],
  ["sd", { codec: "vp8", codedWidth: 640, codedHeight: 360, bitrate: 500 }],
]);

it.each([
  [{}, "hd"],
  [{ heightPx: 200 }, "sd"],
  [{ heightPx: 390 }, "sd"],
  [{ heightPx: 400 }, "hd"],
  [{ heightPx: 2000 }, "hd"],
  [{ name: "sd", heightPx: 2000 }, "sd"],
  [{ name: "gone", heightPx: 100 }, "sd"],
])("chooses for %j the rendition %s", (wish, name) => {
  expect(chooseRendition(ladder, wish)).toBe(name);
});
it("tells up from down by size, then by bitrate", () => {
  const [hd, sd] = [...ladder.values()];
  if (!hd || !sd) throw new Error("no ladder");
  expect([switchDirection(sd, hd), switchDirection(hd, sd), switchDirection(hd, { ...hd, bitrate: 1 })]).toEqual(["up", "down", "down"]);
});
it("names codecs and sizes from the closed sets only", () => {
  expect(["avc1.640028", "hvc1.1", "av01.0", "vp09.00.31.08", "vp8", "mp4a.40.2", "opus", "flac"].map(codecLabel)).toEqual([
    "avc",
    "hevc",
    "av1",
    "vp9",
    "vp8",
    "aac",
    "opus",
    "other",
  ]);
  expect([200, 361, 720, 4320].map((codedHeight) => renditionLabel({ codec: "vp8", codedHeight }))).toEqual(["240", "480", "720", "other"]);
  expect(renditionLabel({ codec: "vp8" })).toBe("other");
});
it("gives the decoder the bytes of a hex description", () => {
  expect(videoDecoderConfig({ codec: "avc1.640028", description: "01640028" }).description).toEqual(Uint8Array.of(1, 100, 0, 40));
});
it("takes the newest picture that is due and closes those it overtakes", () => {
  const closed: number[] = [];
  const queue = new PictureQueue();
  for (const timestamp of [30, 10, 20, 40])
    queue.push({ timestamp, displayWidth: 1, displayHeight: 1, close: () => void closed.push(timestamp) });
  expect(queue.take(5)).toBeUndefined();
  const due = queue.take(25);
  expect([due?.picture.timestamp, due?.overtaken, closed]).toEqual([20, 1, [10]]);
  expect([queue.clear(), closed]).toEqual([2, [10, 30, 40]]);
});
it("shows a picture before one that has only just become due, and drops it for one that has waited", () => {
  const queue = new PictureQueue();
  for (const timestamp of [10, 20, 30]) queue.push({ timestamp, displayWidth: 1, displayHeight: 1, close: () => {} });
  const take = (positionUs: number) => {
    const due = queue.take(positionUs, 5);
    return due && [due.picture.timestamp, due.overtaken];
  };
  expect([take(9), take(24), take(24), take(36), take(40)]).toEqual([undefined, [10, 0], [20, 0], [30, 0], undefined]);
  for (const timestamp of [40, 50]) queue.push({ timestamp, displayWidth: 1, displayHeight: 1, close: () => {} });
  expect(take(55)).toEqual([50, 1]);
});
it("counts a frame as lost for which no decoder can be made", () => {
  const lost: number[] = [];
  const feed = new DecoderFeed({
    create: () => {
      throw new Error("none left");
    },
    config: {},
    output: () => {},
    failed: (_, count) => void lost.push(count),
  });
  feed.decode({ group: 0, keyframe: true, timestampUs: 0, payload: Uint8Array.of(1) });
  expect([lost, feed.pending]).toEqual([[1], 0]);
});
