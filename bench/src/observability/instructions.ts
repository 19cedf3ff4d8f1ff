import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RunOptions } from "../lite/run.ts";
import { type Contestant, contestants } from "./messages.ts";
import { startSink } from "./sink.ts";
import { attend, closeClients, startClients, startRelay, write } from "./stage.ts";

const run = promisify(execFile);

/** Small enough for a process that is fifty times slower than it is. */
const load = { subscribers: 10, framesPerSecond: 30 };
/** Of writing ahead of the count, so that what is hot has been compiled, and of each count: as long as an export's interval. */
const warmSeconds = 40;
const countedSeconds = 10;

/** Instructions of a relay's process, all threads, for each frame that arrived at a subscriber; repeatable on a noisy machine. */
export interface InstructionCounts {
  readonly contestant: Contestant;
  readonly perFrame: readonly number[];
}

/** Counts by callgrind of valgrind, one process after the other. Rejects where valgrind is missing. */
export async function countInstructions(times: number, { progress }: Pick<RunOptions, "progress">): Promise<InstructionCounts[]> {
  const counts: InstructionCounts[] = [];
  for (const contestant of contestants) {
    const perFrame = await count(contestant, times);
    progress(`${contestant}: ${perFrame.map((each) => Math.round(each)).join(", ")} instructions a frame`);
    counts.push({ contestant, perFrame });
  }
  return counts;
}

async function count(contestant: Contestant, times: number): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "moqscope-callgrind-"));
  const sink = await startSink();
  const clients = startClients();
  const under = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--smc-check=all-non-file", `--callgrind-out-file=${folder}/out`, "-q"];
  const relay = await startRelay(contestant, sink.endpoint, under);
  try {
    await attend(clients, contestant, relay.url, load);
    const turn = { ...load, at: contestant, url: relay.url };
    await write(clients, { ...turn, seconds: warmSeconds });
    await run("callgrind_control", ["--instr=on", `${relay.pid}`]);
    await write(clients, { ...turn, seconds: countedSeconds }); // What is translated for counting is translated here.
    const perFrame: number[] = [];
    for (let time = 0; time < times; time++) {
      await run("callgrind_control", ["--zero", `${relay.pid}`]);
      const { frames } = await write(clients, { ...turn, seconds: countedSeconds });
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
