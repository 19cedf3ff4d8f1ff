import { seededRandom, shuffled } from "../statistics.ts";
import { Child } from "./child.ts";
import { frameBytes } from "./content.ts";
import { type Contestant, contestants, type FromServer, type FromSubscribers, type ToServer, type ToSubscribers } from "./messages.ts";

export interface RunOptions {
  readonly pairs: number;
  readonly seconds: number;
  readonly seed: number;
  readonly progress: (line: string) => void;
}

/** One server, measured once. */
export interface Measurement {
  readonly contestant: Contestant;
  readonly round: number;
  /** Of the server process, per 10⁹ payload bytes that arrived; absent if none did. */
  readonly cpuSecondsPerGb: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly loopDelayP99Ms: number;
  /** Share of the frames offered that arrived. */
  readonly delivered: number;
}
export interface Load {
  readonly subscribers: number;
  readonly framesPerSecond: number;
}

/** Frames per second per subscriber: many for a few, so that there is CPU time to measure; what a machine of two cores can carry for many. */
export function loadOf(subscribers: number): Load {
  const framesPerSecond = Math.max(10, Math.min(500, Math.round(3000 / subscribers)));
  return { subscribers, framesPerSecond };
}

type Server = Child<ToServer, FromServer>;
type Subscribers = Child<ToSubscribers, FromSubscribers>;

/** All servers stand at once and take turns, in another order each round: whatever else the machine does meets them alike. */
export async function measure(load: Load, options: RunOptions): Promise<Measurement[]> {
  const random = seededRandom(options.seed + load.subscribers);
  const servers = new Map<Contestant, Server>();
  const subscribers: Subscribers = new Child("./subscribers.ts", []);
  try {
    for (const contestant of contestants) {
      const server: Server = new Child("./server.ts", [contestant]);
      servers.set(contestant, server);
      const { port } = await server.answer("listening");
      subscribers.tell({ kind: "subscribe", to: contestant, port, count: load.subscribers });
      await subscribers.answer("subscribed");
    }
    const turn = (contestant: Contestant, round: number): Promise<Measurement> =>
      once({ server: servers.get(contestant) as Server, subscribers, contestant, round }, load, options.seconds);
    for (const contestant of contestants) await turn(contestant, -1); // Compiled and warm before it counts.
    const measurements: Measurement[] = [];
    for (let round = 0; round < options.pairs; round++) {
      for (const contestant of shuffled(contestants, random)) measurements.push(await turn(contestant, round));
      options.progress(`${load.subscribers} subscribers: round ${round + 1} of ${options.pairs}: ${brief(measurements.slice(-3))}`);
    }
    return measurements;
  } finally {
    await Promise.all([...servers.values(), subscribers].map((child) => child.close()));
  }
}

interface Turn {
  readonly server: Server;
  readonly subscribers: Subscribers;
  readonly contestant: Contestant;
  readonly round: number;
}

async function once(turn: Turn, load: Load, seconds: number): Promise<Measurement> {
  const { server, subscribers, contestant, round } = turn;
  subscribers.tell({ kind: "begin", at: contestant });
  await subscribers.answer("begun");
  server.tell({ kind: "write", framesPerSecond: load.framesPerSecond, seconds });
  const { frames } = await server.answer("wrote");
  subscribers.tell({ kind: "expect", frames: frames * load.subscribers });
  const received = await subscribers.answer("received");
  server.tell({ kind: "cost" });
  const cost = await server.answer("cost");
  const gb = (received.frames * frameBytes) / 1e9;
  return {
    contestant,
    round,
    cpuSecondsPerGb: gb > 0 ? cost.cpuSeconds / gb : undefined,
    p50Ms: received.p50Ms,
    p99Ms: received.p99Ms,
    loopDelayP99Ms: cost.loopDelayP99Ms,
    delivered: received.frames / (Math.round(load.framesPerSecond * seconds) * load.subscribers),
  };
}

function brief(round: readonly Measurement[]): string {
  return round.map(({ contestant, cpuSecondsPerGb }) => `${contestant} ${cpuSecondsPerGb?.toFixed(1) ?? "nothing"} s/GB`).join(", ");
}
