import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { Track } from "../model/track.ts";
import { type MemoryDatagrams, memoryDatagramPair, withDatagrams } from "../testing/datagrams.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { fuzzRuns, fuzzTimeoutMs, tellRun } from "../testing/fixtures/fuzz-runs.ts";
import { seededRandom } from "../testing/fixtures/random.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { startSession } from "./start.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of the heap that are in use after everything that can be collected was. */
function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

const framings = ["qmux-02", "qmux-01", "qmux-00", "webtransport"];
const protocols = ["moq-lite-05", "moq-lite-04", "moq-lite-03", "moql"];
const legacySetup = "20 000a 01 c0000000ff0dad02 00";
const seeds: readonly (readonly [stream: number, hex: string])[] = [
  [2, "01 0b 010508c0127a0e3d0e5615"],
  [0, "01 02 00 00"],
  [4, "06 08 0161 05766964656f"],
  [8, "02 0e 00 0161 05766964656f 3c00000000"],
  [8, "06 500041f40000"],
  [12, "03 0a 0161 05766964656f 00 00"],
  [6, "00 02 0000 0000 00"],
  [10, "00 02 0001 05 68656c6c6f"],
  [16, "04"],
  [20, "05 0100"],
  [0, legacySetup],
  [0, "20 000a 01 c0000000ff0dad01 00"],
  [8, "02 0a 00 0161 05766964656f 3c"],
  [4, "01 0100"],
  // Answers to what our side opens.
  [1, "02 2a 01 05 01 0162 01 07"],
  [1, "03 01 0162 05 01 0163 00"],
  [5, "04 00 00 00 01"],
  [5, "00 01 00 01 01 05"],
  [9, "00 05 3c 00 00 00 00"],
  [9, "02 03 00 03 00"],
];
/** Of a subscription of ours, the first of which is 0, and of others. */
const datagramSeeds: readonly string[] = ["000003776f726c64", "000100", "010203776f726c64", "00412c800f42406869", "c0000000000000000000"];
const inputsPerRound = 40;

function mutated(hex: string, random: (below: number) => number): Buffer {
  const data = Buffer.from(hex.replaceAll(" ", ""), "hex");
  for (let n = random(3); n > 0 && data.byteLength > 0; n--) data[random(data.byteLength)] = random(256);
  return data;
}
/** Sends one seed with up to two bytes changed, as stream data or a datagram, or what is neither. */
function mutate(peer: RawPeer, datagrams: MemoryDatagrams, random: (below: number) => number): void {
  const [id, hex] = seeds[random(seeds.length)] ?? [0, ""];
  const data = mutated(hex, random);
  const what = random(12);
  if (what >= 10) datagrams.send(Uint8Array.from(mutated(datagramSeeds[random(datagramSeeds.length)] ?? "", random)));
  else if (what === 0) peer.socket.send(Uint8Array.from(data));
  else if (what === 1) peer.send({ kind: "stop_sending", id: random(12), code: random(3) });
  else if (what === 2) peer.send({ kind: "reset_stream", id: random(24), code: 0, finalSize: random(40) });
  else peer.stream(id + 4 * random(3), data.toString("hex"), random(3) === 0);
}

/** Has both sides subscribe, so that what follows finds more than a session that begins. */
async function subscribed(peer: RawPeer): Promise<void> {
  peer.stream(2, "01 0b 010508c0127a0e3d0e5615", true);
  peer.stream(0, "02 0e 01 0161 05766964656f 3c00000000");
  await new Promise((resolve) => setImmediate(resolve));
  peer.stream(5, "04 00 00 00 01", true);
  await new Promise((resolve) => setImmediate(resolve));
}
/** Datagrams that got through, either way: without any, their code was not fuzzed. */
interface Reached {
  read: number;
  sent: number;
  /** Declared errors that our application was given. */
  errors: number;
}
/** One session, both publishing and subscribing, to its end. */
async function round(framing: string, random: (below: number) => number, reached: Reached): Promise<void> {
  const protocol = protocols[random(protocols.length)] ?? "";
  const clock = new FakeClock();
  const origin = new Origin(7n);
  const broadcast = new LocalBroadcast();
  const video = new Track({ name: "video", clock });
  broadcast.add(video);
  origin.publish(toPath("a"), broadcast);
  const peer = new RawPeer({ clock, framing, protocol });
  const [near, far] = memoryDatagramPair();
  const session = startSession(withDatagrams(peer.transport, far), { role: "server", publish: origin, clock, probe: true });
  const errors: unknown[] = [];
  const watching = [
    (async () => {
      for await (const _ of session.announced());
    })(),
    (async () => {
      const track = await session.broadcast(toPath("b")).track("v");
      track.attach({ group: ({ datagram }) => void (reached.read += datagram ? 1 : 0), dropped() {}, ended() {}, aborted() {} });
      await track.fetch(3);
    })(),
  ].map((work) => work.catch((error: unknown) => errors.push(error)));
  peer.hello();
  if (protocol === "moql" && random(4) > 0) peer.stream(0, legacySetup);
  if (protocol === "moq-lite-05" && random(2) === 0) await subscribed(peer);
  for (let step = 0; step < inputsPerRound; step++) {
    mutate(peer, near, random);
    if (random(10) === 0 && !video.ended) video.datagram({ timestamp: step, payload: new Uint8Array(10) });
    if (random(10) === 0 && !video.ended) video.createGroup().append({ timestamp: step, payload: new Uint8Array(10) });
    if (random(6) === 0) await Promise.resolve();
    // Now and then everything that was sent is dealt with, so that what follows meets its consequences.
    if (random(10) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  peer.transport.close();
  await peer.transport.closed;
  await Promise.all(watching);
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(video.readers).toBe(0);
  reached.sent += far.sent.length;
  for (const error of errors) expect(error).toMatchObject({ name: "LiteError" });
  reached.errors += errors.length;
}

test(
  `${fuzzRuns} fuzzed session inputs, over every version and framing, end streams or sessions, never anything else; memory returns`,
  async () => {
    const random = seededRandom(7);
    const rounds = fuzzRuns / inputsPerRound;
    const reached = { read: 0, sent: 0, errors: 0 };
    let early = 0;
    for (let i = 0; i < rounds; i++) {
      await round(framings[i % framings.length] ?? "", random, reached);
      if (i === Math.floor(rounds / 5)) early = heapBytes();
    }
    expect(reached.read).toBeGreaterThan(fuzzRuns / 2000);
    expect(reached.sent).toBeGreaterThan(fuzzRuns / 2000);
    const late = heapBytes();
    tellRun("session inputs", { inputs: fuzzRuns, sessions: rounds, ...reached, heapBytesEarly: early, heapBytesLate: late });
    expect(late - early).toBeLessThan(8 * 1024 * 1024);
  },
  fuzzTimeoutMs,
);
