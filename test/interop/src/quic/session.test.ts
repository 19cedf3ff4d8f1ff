import { type Group, LocalBroadcast, Origin, type Session, startSession, Track, toPath } from "@moqscope/lite";
import { quicAvailable } from "@moqscope/quic";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../support/within.ts";
import { quicPair } from "./quic-pair.ts";

const addon = quicAvailable();
if (!addon.available) process.stderr.write(`skipped: sessions over QUIC: ${addon.reason}\n`);
const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close();
});

const path = toPath("room/alice");
const payloadOf = (sequence: number): Uint8Array =>
  Uint8Array.from({ length: 1 + ((sequence * 37) % 1100) }, (_, i) => (i + sequence) & 0xff);
/** A publisher and a subscriber over real UDP, the latter reading `track`. */
async function watched(scheme: "https" | "moqt"): Promise<{ track: Track; groups: Group[]; subscriber: Session }> {
  const { client, server, dispose } = await quicPair(scheme);
  cleanup.push(dispose);
  const origin = new Origin();
  const broadcast = new LocalBroadcast();
  const track = new Track({ name: "data" });
  broadcast.add(track);
  origin.publish(path, broadcast);
  const publisher = startSession(server, { role: "server", publish: origin });
  const subscriber = startSession(client, { role: "client", probe: true });
  cleanup.push(
    () => publisher.close(),
    () => subscriber.close(),
  );
  const groups: Group[] = [];
  const remote = await subscriber.broadcast(path).track("data");
  remote.attach({ group: (group) => void groups.push(group), dropped() {}, ended() {}, aborted() {} });
  await until("a reader", () => track.readers === 1);
  return { track, groups, subscriber };
}

describe.skipIf(!addon.available).each([
  ["WebTransport", "https"],
  ["raw QUIC", "moqt"],
] as const)("a session over %s", (_, scheme) => {
  test("moves datagrams beside streams, each once and byte by byte", async () => {
    const { track, groups } = await watched(scheme);
    for (let i = 0; i < 100; i++) {
      if (i % 2 === 0) track.datagram({ timestamp: i, payload: payloadOf(i) });
      else {
        const group = track.createGroup();
        group.append({ timestamp: i, payload: payloadOf(i) });
        group.finish();
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const whole = (asDatagram: boolean): number =>
      groups.filter(({ datagram, state }) => datagram === asDatagram && state.kind === "finished").length;
    // Datagrams may be lost, even here; streams may not.
    await until("what was sent", () => whole(false) === 50 && whole(true) >= 45);
    expect(new Set(groups.map(({ sequence }) => sequence)).size).toBe(groups.length);
    for (const { sequence, datagram, frames } of groups) {
      expect(datagram).toBe(sequence % 2 === 0);
      expect(frames).toHaveLength(1);
      expect(frames[0]?.timestamp).toBe(sequence);
      expect(Buffer.compare(frames[0]?.payload ?? new Uint8Array(), payloadOf(sequence))).toBe(0);
    }
  });
  test("is told by PROBE what the other end knows of the link", async () => {
    const { subscriber } = await watched(scheme);
    await until("a report", () => subscriber.link.rttMs !== undefined);
    expect(subscriber.link.rttMs).toBeLessThan(1000);
  });
});
