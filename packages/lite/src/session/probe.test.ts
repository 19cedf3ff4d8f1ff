import { afterEach, describe, expect, test } from "vitest";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { Track } from "../model/track.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { NarrowSocket } from "../testing/fixtures/narrow-socket.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { bytes, closeAll, closeLater, collect, path } from "../testing/fixtures/session-pair.ts";
import { memorySocketPair, memoryTransport } from "../testing/memory.ts";
import type { Transport, TransportStats } from "../transport/transport.ts";
import { startSession } from "./start.ts";

afterEach(closeAll);

/** The same transport, saying of its link what it is told to. */
function measuring(transport: Transport, link: () => Partial<TransportStats>): Transport {
  return new Proxy(transport, {
    get(target, key) {
      if (key === "measuresRtt") return true;
      if (key === "stats") return () => ({ ...target.stats(), ...link() });
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}
const rtt = (ms: number): Partial<TransportStats> => ({ rtt: { ms, source: "quic" } });

/** A raw peer that has opened a Probe stream; `reports` are those that came, without the stream's first ones. */
async function probed(protocol: string, first: Partial<TransportStats>) {
  const clock = new FakeClock();
  const peer = new RawPeer({ clock, protocol });
  let link = first;
  closeLater(
    startSession(
      measuring(peer.transport, () => link),
      { role: "server", clock },
    ),
  );
  peer.hello();
  if (protocol === "moq-lite-05") peer.stream(2, "01 01 00", true);
  peer.stream(0, "04");
  await settle();
  return {
    clock,
    peer,
    set: (next: Partial<TransportStats>) => {
      link = next;
    },
  };
}

describe("a Probe stream towards us", () => {
  test.each([
    ["moq-lite-05", "05802625a028"],
    ["moq-lite-04", "05802625a028"],
    ["moq-lite-03", "04802625a0"],
  ])("is told rate and round trip as %s has words for them", async (protocol, report) => {
    const { peer } = await probed(protocol, { ...rtt(40), sendRateBps: 2_500_000 });
    expect(peer.received(0)).toBe(report);
  });
  test("is told what is known alone, and nothing while nothing is", async () => {
    const { peer, clock, set } = await probed("moq-lite-05", {});
    await clock.advance(20_000);
    expect(peer.received(0)).toBe("");
    set(rtt(40));
    await clock.advance(100);
    expect(peer.received(0)).toBe("020028");
    set({ sendRateBps: 2_500_000 });
    await clock.advance(100);
    expect(peer.received(0)).toBe("02002805802625a000");
    set({});
    await clock.advance(30_000);
    expect(peer.received(0)).toBe("02002805802625a000020000");
  });
  test("hears of a rate on 03, of a round trip alone never", async () => {
    const { peer, clock, set } = await probed("moq-lite-03", rtt(40));
    await clock.advance(20_000);
    expect(peer.received(0)).toBe("");
    set({ ...rtt(40), sendRateBps: 2_500_000 });
    await clock.advance(100);
    expect(peer.received(0)).toBe("04802625a0");
  });
  test("hears at once of a change by a quarter, of a smaller one the later the smaller, and of none after 10 s", async () => {
    const { peer, clock, set } = await probed("moq-lite-05", { ...rtt(40), sendRateBps: 1_000_000 });
    const reports = (): number => (peer.received(0).match(/05/g) ?? []).length;
    set({ ...rtt(49), sendRateBps: 1_240_000 });
    await clock.advance(200);
    expect(reports()).toBe(1);
    set({ ...rtt(50), sendRateBps: 1_000_000 });
    await clock.advance(100);
    expect(reports()).toBe(2);
    set({ ...rtt(50), sendRateBps: 1_130_000 });
    await clock.advance(4600);
    expect(reports()).toBe(2);
    await clock.advance(400);
    expect(reports()).toBe(3);
    await clock.advance(9700);
    expect(reports()).toBe(3);
    await clock.advance(200);
    expect(reports()).toBe(4);
  });
  test("a measured round trip of less than a millisecond is 1, not unknown", async () => {
    const { peer } = await probed("moq-lite-05", rtt(0.2));
    expect(peer.received(0)).toBe("020001");
  });
  test("leaves no timer when the peer ends it", async () => {
    const { peer, clock } = await probed("moq-lite-04", rtt(40));
    const before = clock.pending;
    peer.stream(0, "", true);
    await settle();
    expect(clock.pending).toBe(before - 1);
    expect(peer.received(0)).toBe("020028 FIN");
  });
});

test.each([
  ["moq-lite-05", { bitrate: 2_500_000, rttMs: 40 }],
  ["moq-lite-04", { bitrate: 2_500_000, rttMs: 40 }],
  ["moq-lite-03", { bitrate: 2_500_000 }],
])("what one side measures is the other's Session.link on %s", async (protocol, expected) => {
  const [near, far] = memorySocketPair();
  const clock = new FakeClock();
  const link = { ...rtt(40), sendRateBps: 2_500_000 };
  const server = startSession(
    measuring(memoryTransport("server", far, { protocol, clock }), () => link),
    { role: "server", clock },
  );
  const client = startSession(memoryTransport("client", near, { protocol, clock }), { role: "client", clock, probe: true });
  closeLater(server, client);
  await settle();
  await clock.advance(100);
  expect(client.link).toEqual(expected);
});

test("a link narrower than what it is offered is reported from what leaves, and forgotten when it has room again", async () => {
  const clock = new FakeClock();
  const [near, far] = memorySocketPair();
  const origin = new Origin(7n);
  const broadcast = new LocalBroadcast();
  const video = new Track({ name: "video", clock });
  broadcast.add(video);
  origin.publish(path, broadcast);
  const transport = measuring(
    memoryTransport("server", new NarrowSocket(far, clock, { bps: 4_000_000, tickMs: 50 }), { clock }),
    () => ({}),
  );
  const server = startSession(transport, { role: "server", clock, publish: origin });
  const client = startSession(memoryTransport("client", near, { clock }), { role: "client", clock, probe: true });
  closeLater(server, client);
  await clock.advance(100);
  const asking = client.broadcast(path).track("video");
  await clock.advance(100);
  (await asking).attach(collect());
  await clock.advance(100);
  expect(client.link).toEqual({});
  for (let i = 0; i < 30; i++) {
    const group = video.createGroup();
    group.append({ timestamp: i, payload: bytes(100_000) });
    group.finish();
    await clock.advance(100);
  }
  expect(Math.abs((client.link.bitrate ?? 0) - 4_000_000)).toBeLessThan(600_000);
  await clock.advance(20_000);
  expect(client.link).toEqual({});
});
