import { Child } from "../lite/child.ts";
import type { RunOptions } from "../lite/run.ts";
import { type Estimate, estimate, seededRandom, shuffled } from "../statistics.ts";
import {
  type Entrant,
  entrants,
  type FromLoad,
  type FromMerger,
  type FromServer,
  type ToLoad,
  type ToMerger,
  type ToServer,
} from "./messages.ts";

const memorySessions = 20_000;
const steadyPerSecond = 3_333;
const warmTurns = 2;

export interface Memory {
  readonly points: number;
  readonly bytes: number;
}
export interface Http {
  readonly perSecond: number;
  readonly refused: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** Of the gateway's process. */
  readonly cpuShare: number;
  readonly loopDelayP99Ms: number;
}
export interface Result {
  /** Consoles that stream during the requests over HTTP. */
  readonly consoles: number;
  /** Reports for each second of CPU, by entrant. */
  readonly perSecond: Readonly<Record<Entrant, Estimate | undefined>>;
  /** Ours and ours packed over the reference, round by round. */
  readonly overReference: Estimate | undefined;
  readonly packedOverReference: Estimate | undefined;
  readonly memory: readonly Memory[];
  /** As fast as answers come, and at a steady rate, while consoles stream. */
  readonly most: Http;
  readonly steady: Http;
}

/** Measures everything of the gateway: in one process, by memory, and over HTTP with a generator in a process of its own. */
export async function measure(consoles: number, { pairs, seconds, seed, progress }: RunOptions): Promise<Result> {
  const rounds = await inProcess({ pairs, seconds, seed, progress });
  const memory = [await memoryOf(16), await memoryOf(100)];
  progress("memory measured");
  const { most, steady } = await overHttp(consoles, Math.max(5, seconds * 5), progress);
  const random = seededRandom(seed);
  const of = (entrant: Entrant): number[] => rounds.map((round) => round[entrant]);
  const over = (entrant: Entrant): number[] => rounds.map((round) => round[entrant] / round.reference);
  return {
    consoles,
    perSecond: {
      ours: estimate(of("ours"), random),
      packed: estimate(of("packed"), random),
      reference: estimate(of("reference"), random),
    },
    overReference: estimate(over("ours"), random),
    packedOverReference: estimate(over("packed"), random),
    memory,
    most,
    steady,
  };
}

async function inProcess({ pairs, seconds, seed, progress }: RunOptions): Promise<Record<Entrant, number>[]> {
  const merger = new Child<ToMerger, FromMerger>("../gateway/merger.ts", []);
  try {
    await merger.answer("ready");
    const random = seededRandom(seed);
    const rounds: Record<Entrant, number>[] = [];
    for (let round = -warmTurns; round < pairs; round++) {
      const measured: Record<Entrant, number> = { ours: 0, packed: 0, reference: 0 };
      for (const entrant of shuffled(entrants, random)) {
        merger.tell({ kind: "turn", entrant, seconds });
        measured[entrant] = (await merger.answer("turn")).perSecond;
      }
      if (round >= 0) rounds.push(measured);
      progress(`round ${round + 1} of ${pairs}`);
    }
    return rounds;
  } finally {
    await merger.close();
  }
}

/** In a process of its own: what was measured before is not in it. */
async function memoryOf(points: number): Promise<Memory> {
  const merger = new Child<ToMerger, FromMerger>("../gateway/merger.ts", []);
  try {
    await merger.answer("ready");
    merger.tell({ kind: "memory", sessions: memorySessions, points });
    return { points, bytes: (await merger.answer("memory")).bytes };
  } finally {
    await merger.close();
  }
}

async function overHttp(
  consoles: number,
  seconds: number,
  progress: (line: string) => void,
): Promise<{ readonly most: Http; readonly steady: Http }> {
  const server = new Child<ToServer, FromServer>("../gateway/server.ts", []);
  const load = new Child<ToLoad, FromLoad>("../gateway/load.ts", []);
  try {
    const { ingestUrl, consoleUrl, id } = await server.answer("listening");
    await load.answer("ready");
    const send = async (perSecond: number, forSeconds: number): Promise<Http> => {
      server.tell({ kind: "cost" });
      await server.answer("cost");
      load.tell({ kind: "send", ingestUrl, consoleUrl, gateway: id, seconds: forSeconds, perSecond, consoles });
      const sent = await load.answer("sent");
      server.tell({ kind: "cost" });
      const { cpuSeconds, loopDelayP99Ms } = await server.answer("cost");
      const { answered, refused, p50Ms, p99Ms } = sent;
      return { perSecond: answered / sent.seconds, refused, p50Ms, p99Ms, cpuShare: cpuSeconds / sent.seconds, loopDelayP99Ms };
    };
    // a process that is still being compiled is another one
    await send(0, 3);
    const most = await send(0, seconds);
    progress("HTTP at most");
    const steady = await send(steadyPerSecond, seconds);
    progress(`HTTP at ${steadyPerSecond}/s`);
    return { most, steady };
  } finally {
    await load.close();
    await server.close();
  }
}
