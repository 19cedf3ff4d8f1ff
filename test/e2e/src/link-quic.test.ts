import { createImpairment, dropped, SpawnedImpairment } from "@moqscope/impairment";
import { connect, LocalBroadcast, Origin, type Session, Track, toPath } from "@moqscope/lite";
import { nodeWebSocket, quicOpener } from "@moqscope/lite/node";
import * as quic from "@moqscope/quic";
import { createRelay, type Relay, type SessionReport } from "@moqscope/relay";
import { memoryRecorder } from "@moqscope/telemetry/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { eventually } from "./support/gateway.ts";

const loopback = { host: "127.0.0.1", port: 0 };
const addon = quic.quicAvailable();
const left: AsyncDisposable[] = [];
beforeEach(({ skip }) => {
  if (!addon.available) skip(addon.reason);
});
afterEach(async () => {
  for (const one of left.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function start(): Promise<{ relay: Relay; recorder: ReturnType<typeof memoryRecorder>; to: { host: string; port: number } }> {
  const recorder = memoryRecorder();
  const options = { listen: loopback, adminListen: loopback, recorder, tls: { generate: ["localhost"] }, webTransport: "quic" } as const;
  const relay = await createRelay(options);
  left.push(relay);
  return { relay, recorder, to: { host: "127.0.0.1", port: Number(new URL(relay.url).port) } };
}
/** As the admin listener tells them, which collects no figure. */
async function sessionsOf(relay: Relay): Promise<readonly SessionReport[]> {
  return ((await (await fetch(`${relay.adminUrl}/sessions`)).json()) as { sessions: SessionReport[] }).sessions;
}
/** A viewer over WebTransport, through whatever listens on that port. */
async function viewer(port: number): Promise<Session> {
  const session = await connect(`http://127.0.0.1:${port}/`, { webTransport: quicOpener(quic), webSocket: false });
  left.push(session);
  return session;
}
/** Publishes over WebSocket, and resolves when the viewer has these groups of 100 kB whole. */
async function play(relay: Relay, watching: Session, groups: number): Promise<void> {
  const publish = new Origin();
  const broadcast = new LocalBroadcast();
  const wanted = Promise.withResolvers<void>();
  const track = new Track({ name: "video", onDemand: (demand) => demand && wanted.resolve() });
  broadcast.add(track);
  publish.publish(toPath("show"), broadcast);
  left.push(await connect(relay.url, { webSocket: nodeWebSocket, webTransport: false, publish }));
  await eventually(
    async () => relay.origin.paths.length,
    (count) => count === 1,
    5_000,
  );
  const read = await watching.broadcast(toPath("show")).track("video");
  let whole = 0;
  const quiet = { frame() {}, aborted() {} };
  read.attach({
    group: (arriving) => void arriving.attach({ ...quiet, finished: () => void whole++ }),
    dropped() {},
    ended() {},
    aborted() {},
  });
  await wanted.promise;
  for (let sequence = 1; sequence <= groups; sequence++) {
    const made = track.createGroup();
    made.append({ timestamp: sequence, payload: new Uint8Array(100_000) });
    made.finish();
    await eventually(
      async () => whole,
      (count) => count >= sequence,
      10_000,
    );
  }
}

it("counts every packet that the relay sent to a viewer who has left, as the proxy between them counted the datagrams", async () => {
  const { relay, recorder, to } = await start();
  await using network = await createImpairment({ to, udp: loopback, tcp: loopback, settings: { loss: 0.02 } });
  const session = await viewer(network.port);
  await play(relay, session, 10);
  // Nobody asks for the figures before the session has ended: what is counted is what it left behind.
  session.close();
  await eventually(
    () => sessionsOf(relay),
    (sessions) => sessions.every(({ transport }) => transport !== "webtransport"),
    5_000,
  );
  const { udp } = network.counters();
  const sent = recorder.value("moq.relay.packets_sent", { transport: "webtransport", source: "quic" }) ?? Number.NaN;
  const lost = recorder.value("moq.relay.packets_lost", { transport: "webtransport", source: "quic" }) ?? Number.NaN;
  expect(udp.down.offeredBytes).toBeGreaterThan(1_000_000);
  // A datagram of the handshake may hold several packets; what follows the close is not the session's any more.
  expect(Math.abs(sent - udp.down.offered) / udp.down.offered, `${sent} packets, ${udp.down.offered} datagrams`).toBeLessThan(0.03);
  expect(lost).toBeGreaterThan(0.5 * dropped(udp.down));
  expect(lost).toBeLessThan(2 * dropped(udp.down) + 5);
  expect(recorder.value("moq.relay.congestion_events", { source: "quic" })).toBeGreaterThan(0);
}, 60_000);

it("tells the round trip of the path by its source, and what the link carries", async () => {
  const { relay, to } = await start();
  await using network = await SpawnedImpairment.start({ to, udp: loopback, tcp: loopback, settings: { delayMs: 25 } });
  const session = await viewer(network.port);
  await play(relay, session, 3);
  const sessions = await sessionsOf(relay);
  const link = sessions.find(({ transport }) => transport === "webtransport")?.link;
  const { udp } = await network.counters();
  const truth = udp.up.heldMs / udp.up.passed + udp.down.heldMs / udp.down.passed;
  expect(Object.keys(link?.rttMs ?? {})).toEqual(["quic"]);
  expect(link?.rttMs?.["quic"]).toBeGreaterThan(0.85 * truth);
  expect(link?.congestion?.windowBytes).toBeGreaterThan(2_400);
  expect(link?.sendRateBps).toBeGreaterThan(50_000);
}, 60_000);
