import { LiteError, LiteErrorCode, LocalBroadcast, Track } from "@moqscope/lite";
import { expect, it } from "vitest";
import { HangPublisher } from "../publish/publisher.ts";
import { readCatalog } from "./read-catalog.ts";
import { type MediaEvent, readMedia } from "./read-media.ts";

const text = (value: string) => new TextEncoder().encode(value);
const short = (event: MediaEvent) =>
  event.kind === "frame"
    ? `${event.group}.${event.index}@${event.timestampUs}`
    : event.kind === "group-end"
      ? `${event.group} ${event.outcome}`
      : `dropped ${event.first}-${event.last}`;
async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

it("accounts for every frame and every group of a track, reset ones and announced losses included", async () => {
  const publisher = new HangPublisher();
  const media = publisher.addVideo("v", { codec: "vp8" });
  const events = collect(readMedia(media.track));
  const write = (timestampUs: number, keyframe: boolean) => media.write({ timestampUs, keyframe, payload: Uint8Array.of(1) });
  await Promise.resolve();
  write(0, true);
  write(1, false);
  write(2, true);
  media.track.latest?.abort(new LiteError(LiteErrorCode.streamReset, "cut"));
  media.track.drop({ first: 2, last: 4, code: 2 });
  const bad = media.track.createGroup(5);
  bad.append({ timestamp: 0, payload: new Uint8Array() });
  bad.finish();
  publisher.close();
  expect((await events).map(short)).toEqual(["0.0@0", "0.1@1", "0 complete", "1.0@2", "1 reset", "dropped 2-4", "5 invalid"]);
});
it("gives up its hold on track and group when the reader leaves", async () => {
  const media = new HangPublisher().addVideo("v", { codec: "vp8" });
  media.write({ timestampUs: 0, keyframe: true, payload: Uint8Array.of(1) });
  for await (const event of readMedia(media.track)) {
    expect(event.kind).toBe("frame");
    expect(media.track.readers).toBe(1);
    break;
  }
  expect(media.track.readers).toBe(0);
});
it("ends a catalog reader with the signal's reason and lets the track go", async () => {
  const publisher = new HangPublisher();
  const stop = new AbortController();
  const catalogs = readCatalog(publisher.broadcast, { signal: stop.signal });
  const next = catalogs.next();
  await Promise.resolve();
  stop.abort(new Error("enough"));
  await expect(next).rejects.toThrow("enough");
  expect((await publisher.broadcast.track("catalog.json")).readers).toBe(0);
});
it("gives the newest state and refuses what is no catalog", async () => {
  const broadcast = new LocalBroadcast();
  const track = new Track({ name: "catalog.json" });
  broadcast.add(track);
  const group = track.createGroup();
  group.append({ timestamp: 0, payload: text('{"a":1}') });
  group.append({ timestamp: 0, payload: text('{"a":2}') });
  const catalogs = readCatalog(broadcast);
  expect((await catalogs.next()).value?.extensions).toEqual({ a: 2 });
  const next = catalogs.next();
  group.append({ timestamp: 0, payload: text("[") });
  await expect(next).rejects.toThrow("catalog is no JSON");
});
