import { frameBytes, framesPerGroup } from "../lite/content.ts";
import type { Load, RunOptions } from "../lite/run.ts";
import { cpuSeconds } from "../quic/cpu.ts";
import type { Recorded } from "../quic/messages.ts";
import { seededRandom, shuffled } from "../statistics.ts";
import { startSink } from "./sink.ts";
import { attend, type Clients, closeClients, contestants, type Relay, startClients, startRelay, type Turn, write } from "./stage.ts";

/** One relay, measured once. */
export interface Measurement {
  readonly at: Recorded;
  readonly round: number;
  /** Of the relay's process. */
  readonly cpuSeconds: number;
  readonly gigabytes: number;
  /** From ingest byte to egress byte, of every frame at the timed subscribers. */
  readonly forwardMs: readonly number[];
}
const visitors = 5;
/** Rounds that do not count: a process that is still being compiled costs more. */
export const warmRounds = 5;

/** Both stand at once and take turns, in another order each round: whatever else the machine does meets them alike. */
export async function measure({ subscribers, framesPerSecond }: Load, options: RunOptions): Promise<Measurement[]> {
  const random = seededRandom(options.seed + subscribers);
  const content = { framesPerSecond, frameBytes, framesPerGroup };
  const sink = await startSink();
  const clients = startClients();
  const relays = new Map<Recorded, Relay>();
  try {
    for (const at of contestants) {
      const relay = await startRelay(at, sink.endpoint);
      relays.set(at, relay);
      await attend(clients, { at, url: relay.url, subscribers });
    }
    const measurements: Measurement[] = [];
    for (let round = -warmRounds; round < options.pairs; round++) {
      for (const at of shuffled(contestants, random)) {
        const { pid = 0, url = "" } = relays.get(at) ?? {};
        const taken = await turn(clients, pid, { at, url, subscribers, content, seconds: options.seconds, visitors });
        if (round >= 0) measurements.push({ ...taken, at, round });
      }
      const [one, other] = measurements.slice(-contestants.length);
      if (one && other) options.progress(`round ${round + 1} of ${options.pairs}: ${brief(one)}, ${brief(other)}`);
    }
    options.progress(`${sink.taken.requests} OTLP requests of ${sink.taken.bytes} bytes together`);
    return measurements;
  } finally {
    await Promise.all([closeClients(clients), sink.close(), ...[...relays.values()].map((relay) => relay.close())]);
  }
}

async function turn(clients: Clients, pid: number, asked: Turn): Promise<Omit<Measurement, "at" | "round">> {
  const before = cpuSeconds(pid);
  const { frames, forwardMs } = await write(clients, asked);
  return { cpuSeconds: cpuSeconds(pid) - before, gigabytes: (frames * frameBytes) / 1e9, forwardMs };
}

function brief({ at, cpuSeconds: spent, gigabytes }: Measurement): string {
  return `${at} ${gigabytes > 0 ? (spent / gigabytes).toFixed(1) : "nothing"} s/GB`;
}
