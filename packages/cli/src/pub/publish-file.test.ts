import { fileURLToPath } from "node:url";
import { LegacyFrame, readCatalog } from "@moqscope/hang";
import { type Session, toPath } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { expect, it } from "vitest";
import { drive, driveUntil } from "../testing/drive.ts";
import { memoryPeer } from "../testing/memory-link.ts";
import { type PublishStatus, publishFile } from "./publish-file.ts";

const file = fileURLToPath(new URL("../fixtures/bframes.mp4", import.meta.url));
const broadcast = "show.hang";

/** Publishes into a peer in memory, on a clock of its own. */
function publishing(options: { readonly loop?: boolean } = {}) {
  const clock = new FakeClock();
  const peer = memoryPeer(clock);
  const statuses: PublishStatus[] = [];
  const stop = new AbortController();
  const work = publishFile({
    file,
    url: "http://relay.test",
    broadcast,
    clock,
    connect: peer.connect,
    signal: stop.signal,
    onStatus: (status) => statuses.push(status),
    ...options,
  });
  const kinds = () => statuses.map((status) => (status.kind === "connection" ? status.status.kind : status.kind));
  return { clock, peer, stop, work, kinds };
}
/** Timestamps of a track by group, as they come to the peer. */
async function follow(session: Session, name: string): Promise<Map<number, number[]>> {
  const groups = new Map<number, number[]>();
  const track = await session.broadcast(toPath(broadcast)).track(name);
  const ignore = () => {};
  track.attach({
    group(group) {
      const times: number[] = [];
      groups.set(group.sequence, times);
      group.attach({ frame: ({ payload }) => times.push(LegacyFrame.decode(payload).timestampUs), finished: ignore, aborted: ignore });
    },
    dropped: ignore,
    ended: ignore,
    aborted: ignore,
  });
  return groups;
}

it("publishes a file in real time: catalog, a group per GOP, a frame of sound per group, then the end", async () => {
  const { clock, peer, work, kinds } = publishing();
  await driveUntil(clock, () => kinds().includes("live"));
  const startMs = clock.now();
  const [first] = peer.sessions;
  if (!first) throw new Error("no session");
  const catalogs = readCatalog(first.peer.broadcast(toPath(broadcast)));
  const catalog = await drive(clock, catalogs.next(), 1);
  expect([...(catalog.value?.video?.renditions.keys() ?? []), ...(catalog.value?.audio?.renditions.keys() ?? [])]).toEqual([
    "video/54p",
    "audio/data",
  ]);
  const video = await drive(clock, follow(first.peer, "video/54p"), 1);
  const summary = await drive(clock, work);
  expect(clock.now() - startMs).toBeGreaterThan(2900);
  expect(clock.now() - startMs).toBeLessThan(3300);
  expect(summary.tracks.map(({ name, groups, frames }) => [name, groups, frames])).toEqual([
    ["video/54p", 3, 75],
    ["audio/data", 131, 131],
  ]);
  expect([...video].map(([sequence, times]) => [sequence, times.length, times[0]])).toEqual([
    [0, 25, 23_219],
    [1, 25, 1_023_219],
    [2, 25, 2_023_219],
  ]);
  expect(kinds()).toEqual(["opened", "connecting", "connected", "live", "ended"]);
});
it("loops with rising timestamps until it is stopped", async () => {
  const { clock, peer, work, stop, kinds } = publishing({ loop: true });
  await driveUntil(clock, () => kinds().includes("live"));
  const [first] = peer.sessions;
  if (!first) throw new Error("no session");
  const sound = await drive(clock, follow(first.peer, "audio/data"), 1);
  await driveUntil(clock, () => sound.size > 300, 50);
  stop.abort();
  const summary = await drive(clock, work);
  const times = [...sound.values()].flat();
  const steps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  expect([Math.min(...steps), Math.max(...steps)]).toEqual([23_219, 23_221]);
  expect(summary.tracks.find(({ name }) => name === "audio/data")?.groups).toBeGreaterThan(300);
});
it("connects again when the session is lost; the broadcast goes on meanwhile", async () => {
  const { clock, peer, work, stop, kinds } = publishing({ loop: true });
  await driveUntil(clock, () => kinds().includes("live"));
  await clock.advance(1000);
  peer.sessions[0]?.peer.close(1, "gone");
  await driveUntil(clock, () => peer.sessions.length === 2);
  expect(kinds()).toEqual(["opened", "connecting", "connected", "live", "waiting", "connecting", "connected"]);
  const again = peer.sessions[1];
  if (!again) throw new Error("no second session");
  const sound = await drive(clock, follow(again.peer, "audio/data"), 1);
  await driveUntil(clock, () => sound.size > 5);
  const [sequence = 0] = sound.keys();
  const mediaMs = clock.now();
  expect(sequence * 23.22, "the newest group at the time, not the first").toBeGreaterThan(mediaMs * 0.7);
  stop.abort();
  await drive(clock, work);
});
it("gives up when the first connect takes too long, and says why", async () => {
  const clock = new FakeClock();
  const connect = () => Promise.reject(new Error("nobody home"));
  const work = publishFile({ file, url: "http://relay.test", broadcast, clock, connect });
  await expect(drive(clock, work, 100)).rejects.toMatchObject({
    code: "unreachable",
    message: "no relay at http://relay.test within 10 s: nobody home",
  });
  expect(clock.now()).toBeLessThan(10_500);
});
it("ends without a connection when it is stopped before there is one", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const work = publishFile({ file, url: "http://relay.test", broadcast, clock, connect: () => new Promise(() => {}), signal: stop.signal });
  await clock.advance(100);
  stop.abort();
  const { tracks } = await drive(clock, work);
  expect(tracks.every(({ frames }) => frames === 0)).toBe(true);
});
