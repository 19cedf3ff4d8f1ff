import { Child } from "../lite/child.ts";
import { frameBytes, framesPerGroup } from "../lite/content.ts";
import type { Load, RunOptions } from "../lite/run.ts";
import { seededRandom, shuffled } from "../statistics.ts";
import { cpuSeconds } from "./cpu.ts";
import { type Contestant, contestants, type FromClient, type ToClient } from "./messages.ts";
import { type RunningRelay, start } from "./relays.ts";

/** One relay, measured once. */
export interface Measurement {
  readonly contestant: Contestant;
  readonly round: number;
  /** Of the relay's process, per 10⁹ payload bytes that arrived; absent if none did. */
  readonly cpuSecondsPerGb: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** Share of the frames offered that arrived. */
  readonly delivered: number;
}

type Client = Child<ToClient, FromClient>;
interface Stage {
  readonly relays: ReadonlyMap<Contestant, RunningRelay>;
  readonly publisher: Client;
  readonly subscribers: Client;
}

/** All relays stand at once and take turns, in another order each round: whatever else the machine does meets them alike. */
export async function measure(load: Load, options: RunOptions): Promise<Measurement[]> {
  const random = seededRandom(options.seed + load.subscribers);
  const relays = new Map<Contestant, RunningRelay>();
  const client = (): Client => new Child(new URL("./client.ts", import.meta.url).href, []);
  const stage: Stage = { relays, publisher: client(), subscribers: client() };
  try {
    for (const contestant of contestants) {
      const relay = await start(contestant);
      relays.set(contestant, relay);
      stage.publisher.tell({ kind: "publish", at: contestant, url: relay.url });
      await stage.publisher.answer("published");
      stage.subscribers.tell({ kind: "subscribe", at: contestant, url: relay.url, count: load.subscribers });
      await stage.subscribers.answer("subscribed");
    }
    for (const contestant of contestants) await turn(stage, load, { contestant, round: -1, seconds: options.seconds }); // Warm before it counts.
    const measurements: Measurement[] = [];
    for (let round = 0; round < options.pairs; round++) {
      for (const contestant of shuffled(contestants, random))
        measurements.push(await turn(stage, load, { contestant, round, seconds: options.seconds }));
      options.progress(
        `${load.subscribers} subscribers: round ${round + 1} of ${options.pairs}: ${brief(measurements.slice(-contestants.length))}`,
      );
    }
    return measurements;
  } finally {
    await Promise.all([stage.publisher.close(), stage.subscribers.close(), ...[...relays.values()].map((relay) => relay.close())]);
  }
}

interface Turn {
  readonly contestant: Contestant;
  readonly round: number;
  readonly seconds: number;
}
async function turn({ relays, publisher, subscribers }: Stage, load: Load, { contestant, round, seconds }: Turn): Promise<Measurement> {
  const pid = relays.get(contestant)?.pid ?? 0;
  subscribers.tell({ kind: "begin", at: contestant });
  await subscribers.answer("begun");
  const before = cpuSeconds(pid);
  publisher.tell({
    kind: "write",
    at: contestant,
    seconds,
    content: { framesPerSecond: load.framesPerSecond, frameBytes, framesPerGroup },
  });
  const { frames } = await publisher.answer("wrote");
  subscribers.tell({ kind: "expect", frames: frames * load.subscribers });
  const received = await subscribers.answer("received");
  const spent = cpuSeconds(pid) - before;
  const gb = (received.frames * frameBytes) / 1e9;
  return {
    contestant,
    round,
    cpuSecondsPerGb: gb > 0 ? spent / gb : undefined,
    p50Ms: received.p50Ms,
    p99Ms: received.p99Ms,
    delivered: received.frames / (Math.round(load.framesPerSecond * seconds) * load.subscribers),
  };
}

function brief(round: readonly Measurement[]): string {
  return round.map(({ contestant, cpuSecondsPerGb }) => `${contestant} ${cpuSecondsPerGb?.toFixed(1) ?? "nothing"} s/GB`).join(", ");
}
