import { frameBytes } from "../lite/content.ts";
import type { Load, RunOptions } from "../lite/run.ts";
import { cpuSeconds } from "../quic/cpu.ts";
import { seededRandom, shuffled } from "../statistics.ts";
import { type Contestant, contestants } from "./messages.ts";
import { startSink } from "./sink.ts";
import { attend, type Clients, closeClients, type Relay, startClients, startRelay, type Turn, write } from "./stage.ts";

/** One relay, measured once. */
export interface Measurement {
  readonly contestant: Contestant;
  readonly round: number;
  /** Of the relay's process. */
  readonly cpuSeconds: number;
  readonly gigabytes: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}
/** Rounds that do not count: a process that is still being compiled costs more. */
export const warmRounds = 5;

/** Both stand at once and take turns, in another order each round: whatever else the machine does meets them alike. */
export async function measure(load: Load, options: RunOptions): Promise<Measurement[]> {
  const random = seededRandom(options.seed + load.subscribers);
  const sink = await startSink();
  const clients = startClients();
  const relays = new Map<Contestant, Relay>();
  try {
    for (const contestant of contestants) {
      const relay = await startRelay(contestant, sink.endpoint);
      relays.set(contestant, relay);
      await attend(clients, contestant, relay.url, load);
    }
    const measurements: Measurement[] = [];
    for (let round = -warmRounds; round < options.pairs; round++) {
      for (const at of shuffled(contestants, random)) {
        const relay = relays.get(at);
        if (!relay) throw new Error(`no relay runs ${at}`);
        const taken = await turn(clients, relay, { ...load, at, url: relay.url, seconds: options.seconds });
        if (round >= 0) measurements.push({ ...taken, contestant: at, round });
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

async function turn(clients: Clients, relay: Relay, asked: Turn): Promise<Omit<Measurement, "contestant" | "round">> {
  const before = cpuSeconds(relay.pid);
  const { frames, p50Ms, p99Ms } = await write(clients, asked);
  return { cpuSeconds: cpuSeconds(relay.pid) - before, gigabytes: (frames * frameBytes) / 1e9, p50Ms, p99Ms };
}

function brief({ contestant, cpuSeconds: spent, gigabytes }: Measurement): string {
  return `${contestant} ${gigabytes > 0 ? (spent / gigabytes).toFixed(1) : "nothing"} s/GB`;
}
