import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { frameBytes, framesPerGroup } from "../lite/content.ts";
import type { RunOptions } from "../lite/run.ts";
import type { Recorded } from "../quic/messages.ts";
import { startSink } from "./sink.ts";
import { attend, closeClients, contestants, startClients, startRelay, write } from "./stage.ts";

const run = promisify(execFile);

/** Small enough for a process that is fifty times slower than it is. */
const subscribers = 10;
const content = { framesPerSecond: 15, frameBytes, framesPerGroup };
/** Turns of writing ahead of the count, so that what is hot has been compiled; each is as long as an export's interval. */
const warmTurns = 4;
const seconds = 10;

/** Instructions of a relay's process, all threads, for each frame that arrived at a subscriber; repeatable on a noisy machine. */
export interface InstructionCounts {
  readonly at: Recorded;
  readonly perFrame: readonly number[];
}

/** Counts by callgrind of valgrind, one process after the other. Rejects where valgrind is missing. */
export async function countInstructions(times: number, { progress }: Pick<RunOptions, "progress">): Promise<InstructionCounts[]> {
  const counts: InstructionCounts[] = [];
  for (const at of contestants) {
    const perFrame = await count(at, times);
    progress(`${at}: ${perFrame.map((each) => Math.round(each)).join(", ")} instructions a frame`);
    counts.push({ at, perFrame });
  }
  return counts;
}

async function count(at: Recorded, times: number): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "moqscope-callgrind-"));
  const sink = await startSink();
  const clients = startClients();
  const under = [
    "valgrind",
    "--tool=callgrind",
    "--instr-atstart=no",
    "--smc-check=all-non-file",
    `--callgrind-out-file=${folder}/out`,
    "-q",
  ];
  const relay = await startRelay(at, sink.endpoint, under);
  try {
    const { url } = relay;
    await attend(clients, { at, url, subscribers });
    const turn = { at, url, subscribers, content, seconds, visitors: 1 };
    for (let time = 0; time < warmTurns; time++) await write(clients, turn);
    await run("callgrind_control", ["--instr=on", `${relay.pid}`]);
    await write(clients, turn); // What is translated for counting is translated here.
    const perFrame: number[] = [];
    for (let time = 0; time < times; time++) {
      await run("callgrind_control", ["--zero", `${relay.pid}`]);
      const { frames } = await write(clients, turn);
      await run("callgrind_control", [`--dump=${time}`, `${relay.pid}`]);
      perFrame.push((await newest(folder)) / frames);
    }
    return perFrame;
  } finally {
    await Promise.all([closeClients(clients), sink.close(), relay.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** The total of the dump that was written last. */
async function newest(folder: string): Promise<number> {
  const dumps = (await readdir(folder)).filter((name) => /^out\.\d+$/.test(name));
  const last = dumps.sort((a, b) => Number(a.split(".")[1]) - Number(b.split(".")[1])).at(-1);
  const text = await readFile(join(folder, last ?? "out"), "utf8");
  const [, total = ""] = /^(?:summary|totals): (\d+)/m.exec(text) ?? [];
  if (total === "") throw new Error("callgrind has written no total");
  return Number(total);
}
