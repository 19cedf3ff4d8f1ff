import { seededRandom, shuffled } from "../statistics.ts";
import { Child } from "./child.ts";
import { frameBytes } from "./content.ts";
import { type Entrant, entrants, type FromServer, type FromSubscribers, type ToServer, type ToSubscribers } from "./messages.ts";

export interface RunOptions {
  readonly pairs: number;
  readonly seconds: number;
  readonly seed: number;
  readonly progress: (line: string) => void;
}

/** One server, measured once. */
export interface Measurement {
  readonly entrant: Entrant;
  readonly round: number;
  /** Of the server process, per 10⁹ payload bytes that arrived (with nobody to serve: that were offered); absent if none did. */
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

/** Rounds that do not count: a server that is still being compiled costs more. */
export const warmRounds = 5;

/** All servers stand at once and take turns, in another order each round: whatever else the machine does meets them alike. */
export async function measure(load: Load, options: RunOptions): Promise<Measurement[]> {
  const random = seededRandom(options.seed + load.subscribers);
  const servers = new Map<Entrant, Server>();
  const subscribers: Subscribers = new Child("./subscribers.ts", []);
  try {
    for (const entrant of entrants) {
      const server: Server = new Child("./server.ts", [entrant]);
      servers.set(entrant, server);
      const { port } = await server.answer("listening");
      if (entrant === "nobody") continue;
      subscribers.tell({ kind: "subscribe", to: entrant, port, count: load.subscribers });
      await subscribers.answer("subscribed");
    }
    const turn = (entrant: Entrant, round: number): Promise<Measurement> =>
      once({ server: servers.get(entrant) as Server, subscribers, entrant, round }, load, options.seconds);
    for (let round = 0; round < warmRounds; round++) for (const entrant of entrants) await turn(entrant, -1);
    const measurements: Measurement[] = [];
    for (let round = 0; round < options.pairs; round++) {
      for (const entrant of shuffled(entrants, random)) measurements.push(await turn(entrant, round));
      const all = measurements.slice(-entrants.length);
      options.progress(`${load.subscribers} subscribers: round ${round + 1} of ${options.pairs}: ${brief(all)}`);
    }
    return measurements;
  } finally {
    await Promise.all([...servers.values(), subscribers].map((child) => child.close()));
  }
}

interface Turn {
  readonly server: Server;
  readonly subscribers: Subscribers;
  readonly entrant: Entrant;
  readonly round: number;
}
interface Received {
  readonly frames: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

async function once(turn: Turn, load: Load, seconds: number): Promise<Measurement> {
  const { server, subscribers, entrant, round } = turn;
  const write = async (): Promise<number> => {
    server.tell({ kind: "write", framesPerSecond: load.framesPerSecond, seconds });
    const { frames } = await server.answer("wrote");
    return frames * load.subscribers;
  };
  let received: Received;
  if (entrant === "nobody") received = { frames: await write(), p50Ms: undefined, p99Ms: undefined };
  else {
    subscribers.tell({ kind: "begin", at: entrant });
    await subscribers.answer("begun");
    subscribers.tell({ kind: "expect", frames: await write() });
    received = await subscribers.answer("received");
  }
  server.tell({ kind: "cost" });
  const cost = await server.answer("cost");
  const gb = (received.frames * frameBytes) / 1e9;
  return {
    entrant,
    round,
    cpuSecondsPerGb: gb > 0 ? cost.cpuSeconds / gb : undefined,
    p50Ms: received.p50Ms,
    p99Ms: received.p99Ms,
    loopDelayP99Ms: cost.loopDelayP99Ms,
    delivered: received.frames / (Math.round(load.framesPerSecond * seconds) * load.subscribers),
  };
}

function brief(round: readonly Measurement[]): string {
  return entrants
    .map((entrant) => `${entrant} ${round.find((m) => m.entrant === entrant)?.cpuSecondsPerGb?.toFixed(1) ?? "nothing"}`)
    .join(", ");
}
