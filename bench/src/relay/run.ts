import { Child } from "../lite/child.ts";
import type { RunOptions } from "../lite/run.ts";
import { cpuSeconds } from "../quic/cpu.ts";
import type { Content, FromClient, RelayName, ToClient } from "../quic/messages.ts";
import { type RunningRelay, start } from "../quic/relays.ts";
import { seededRandom, shuffled } from "../statistics.ts";
import { type Buckets, none, sum } from "./buckets.ts";

/** In the order of the report. */
export const relays = ["websocket", "moq-relay-websocket", "quic", "moq-relay"] as const satisfies readonly RelayName[];

/** What is offered: 4 Mbit/s at 30 frames a second in groups of 2 s, to each. */
export const bitsPerSecond = 4_000_000;
const liveFramesPerSecond = 30;
export const frameBytes: number = Math.round(bitsPerSecond / 8 / liveFramesPerSecond);
const framesPerGroup = 2 * liveFramesPerSecond;
/** Of all subscribers together: what two cores, shared with those who read it, carry without falling behind. */
const mostFramesPerSecond = 4000;

/** Fewer frames of the same size where there are too many subscribers for this machine: CPU per GB stays comparable. */
export function contentFor(subscribers: number): Content {
  return { framesPerSecond: Math.min(liveFramesPerSecond, mostFramesPerSecond / subscribers), frameBytes, framesPerGroup };
}

/** One relay, measured once. */
export interface Measurement {
  readonly relay: RelayName;
  readonly round: number;
  /** Of the relay's process, per 10⁹ payload bytes that arrived; absent if none did. */
  readonly cpuSecondsPerGb: number | undefined;
  /** Of one core, in per cent, while it was offered. */
  readonly cpuShare: number;
  /** From ingest byte to egress byte, of every frame at the timed subscribers. */
  readonly forwardMs: readonly number[];
  /** What the relay itself says of the same turn; ours only. */
  readonly own: Buckets | undefined;
  /** Share of the frames offered that arrived. */
  readonly delivered: number;
}
export interface Measured {
  readonly measurements: readonly Measurement[];
  /** Milliseconds from the first packet to the first frame. */
  readonly joins: ReadonlyMap<RelayName, readonly number[]>;
}

type Client = Child<ToClient, FromClient>;
interface Stage {
  readonly relays: Map<RelayName, RunningRelay>;
  /** Publishes, and reads where it is timed. */
  readonly wire: Client;
  /** The other subscribers. */
  readonly crowd: Client;
  readonly timed: number;
  readonly subscribers: number;
}
const joins = 10;
/** Viewers that join between two answers. */
const atOnce = 100;

export function clientProcess(): Client {
  return new Child(new URL("../quic/client.ts", import.meta.url).href, []);
}

/** All relays stand at once and take turns, in another order each round: whatever else the machine does meets them alike. */
export async function measure(subscribers: number, options: RunOptions): Promise<Measured> {
  const random = seededRandom(options.seed + subscribers);
  const stage: Stage = { relays: new Map(), wire: clientProcess(), crowd: clientProcess(), timed: Math.min(subscribers, 4), subscribers };
  try {
    for (const relay of relays) {
      await join(stage, relay);
      options.progress(`${subscribers} subscribers: they have joined ${relay}`);
    }
    const turn = (relay: RelayName, round: number): Promise<Measurement> => once(stage, { relay, round, seconds: options.seconds });
    for (const relay of relays) await turn(relay, -1); // Warm before it counts.
    const joined = new Map<RelayName, readonly number[]>();
    for (const relay of relays) joined.set(relay, await joinTimes(stage, relay));
    const measurements: Measurement[] = [];
    for (let round = 0; round < options.pairs; round++) {
      for (const relay of shuffled(relays, random)) measurements.push(await turn(relay, round));
      const brief = measurements.slice(-relays.length).map((one) => `${one.relay} ${one.cpuSecondsPerGb?.toFixed(1) ?? "nothing"} s/GB`);
      options.progress(`${subscribers} subscribers: round ${round + 1} of ${options.pairs}: ${brief.join(", ")}`);
    }
    return { measurements, joins: joined };
  } finally {
    await Promise.all([stage.wire.close(), stage.crowd.close(), ...[...stage.relays.values()].map((relay) => relay.close())]);
  }
}

/** The timed ones come last of each share of the others, so that who is served late is among them. */
async function join(stage: Stage, name: RelayName): Promise<void> {
  const relay = await start(name, { metrics: true });
  stage.relays.set(name, relay);
  const to = { at: name, url: relay.url };
  stage.wire.tell({ kind: "publish", ...to });
  await stage.wire.answer("published");
  const others = stage.subscribers - stage.timed;
  for (let timed = 1, sent = 0; timed <= stage.timed; timed++) {
    const count = Math.round((others * timed) / stage.timed) - sent;
    sent += count;
    for (let left = count; left > 0; left -= atOnce) {
      stage.crowd.tell({ kind: "subscribe", ...to, count: Math.min(left, atOnce) });
      await stage.crowd.answer("subscribed");
    }
    stage.wire.tell({ kind: "subscribe", ...to, count: 1, wire: true });
    await stage.wire.answer("subscribed");
  }
}

async function joinTimes({ relays: running, crowd }: Stage, name: RelayName): Promise<readonly number[]> {
  crowd.tell({ kind: "join", at: name, url: running.get(name)?.url ?? "", count: joins });
  return (await crowd.answer("joined")).tookMs;
}

interface Turn {
  readonly relay: RelayName;
  readonly round: number;
  readonly seconds: number;
}
async function once(stage: Stage, { relay, round, seconds }: Turn): Promise<Measurement> {
  const { wire, crowd, subscribers, timed } = stage;
  const { pid = 0, asked } = stage.relays.get(relay) ?? {};
  const content = contentFor(subscribers);
  for (const client of [wire, crowd]) {
    client.tell({ kind: "begin", at: relay });
    await client.answer("begun");
  }
  await own(asked); // What was before is not of this turn.
  const before = cpuSeconds(pid);
  const since = performance.now();
  wire.tell({ kind: "write", at: relay, seconds, content });
  const { frames } = await wire.answer("wrote");
  crowd.tell({ kind: "expect", frames: frames * (subscribers - timed) });
  wire.tell({ kind: "expect", frames: frames * timed });
  const [others, few] = [await crowd.answer("received"), await wire.answer("received")];
  const spent = cpuSeconds(pid) - before;
  const arrived = others.frames + few.frames;
  return {
    relay,
    round,
    cpuSecondsPerGb: arrived > 0 ? spent / ((arrived * frameBytes) / 1e9) : undefined,
    cpuShare: (100_000 * spent) / (performance.now() - since),
    forwardMs: few.forwardMs,
    own: await own(asked),
    delivered: arrived / (Math.round(content.framesPerSecond * seconds) * subscribers),
  };
}
async function own(asked: RunningRelay["asked"]): Promise<Buckets | undefined> {
  if (!asked) return undefined;
  asked.tell({ kind: "forwarded" });
  const { bounds, counts } = await asked.answer("forwarded");
  return sum([{ bounds, counts }]) ?? none;
}
