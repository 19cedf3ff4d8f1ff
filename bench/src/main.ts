import { parseArgs } from "node:util";
import { keep, machine } from "./figures.ts";
import { gatewayFigures, toText as gatewayToText } from "./gateway/report.ts";
import { measure as measureGateway } from "./gateway/run.ts";
import { liteFigures } from "./lite/figures.ts";
import { entrants } from "./lite/messages.ts";
import { toText } from "./lite/report.ts";
import { loadOf, measure, type RunOptions, warmRounds } from "./lite/run.ts";
import { summarize } from "./lite/summary.ts";
import { observabilityFigures } from "./observability/figures.ts";
import { countInstructions } from "./observability/instructions.ts";
import { toText as observabilityToText, summarize as summarizeObservability } from "./observability/report.ts";
import { measure as measureObservability, warmRounds as warmObservability } from "./observability/run.ts";
import { quicFigures } from "./quic/figures.ts";
import { toText as quicToText, summarize as summarizeQuic } from "./quic/report.ts";
import { measure as measureQuic } from "./quic/run.ts";
import { relayFigures, relayMemoryFigures } from "./relay/figures.ts";
import { measureMemory } from "./relay/memory.ts";
import { memoryText, toText as relayToText, summarize as summarizeRelay } from "./relay/report.ts";
import { measure as measureRelay, relays } from "./relay/run.ts";
import { contestants, mostSeries } from "./telemetry/contestants.ts";
import { telemetryFigures } from "./telemetry/figures.ts";
import { summarize as summarizeTelemetry, toText as telemetryToText } from "./telemetry/report.ts";
import { measure as measureTelemetry, warmRounds as warmTelemetry } from "./telemetry/run.ts";

const help = `pnpm bench lite|quic|relay|observability|gateway|telemetry [options]

lite  CPU per GB, latency and event loop delay of our server beside raw ws and @moq/net, over WebSocket on this machine.
quic  CPU per GB and latency of our relay over QUIC beside moq-relay and beside itself over WebSocket, with the same client. Needs Linux,
      pnpm quic:build and pnpm foreign:build.
relay  CPU per GB, forward time, join time and memory of our relay beside moq-relay, by WebSocket and QUIC, with a 4 Mbit/s broadcast to 1
      to 2000 viewers. Needs Linux, pnpm quic:build and pnpm foreign:build; ten minutes.
observability  CPU, instructions (callgrind) and forward time of our relay with metrics, logs and traces, beside itself with none. Needs Linux
      and valgrind; a quarter of an hour.
gateway  Reports a second and memory per session of the gateway in one process, beside JSON.parse and a map of strings, and requests a
      second with their latency over HTTP while consoles stream, with reports that a player in Chromium sent. --record records them anew.
telemetry  Time and heap of an addition to one of our cells beside that of the OpenTelemetry SDK, in this process.

  --pairs N            rounds, in each of which every contestant is measured once (20; relay: 6)
  --seconds S          of writing per measurement (1; relay: 2; telemetry: 0.2)
  --subscribers LIST   how many, one after another (lite: 1,10,50,500; quic: 1,10,50; relay: 1,10,100,500,2000; gateway: consoles, 1)
  --series LIST        how many series are written in turn, one after another (telemetry: 1,8)
  --seed N             of the order and of the intervals (1)
  --write              keep the figures in bench/figures and bench/README.md, in place of those for the same load
  --json               the result as JSON on stdout; progress stays on stderr
  --help
`;

interface Measured {
  readonly result: unknown;
  readonly text: string;
  /** Keeps it for the README. */
  readonly write?: () => Promise<void>;
}
/** Each measures what it compares at one load, and gives the result and its text. */
interface Bench {
  /** The flag that says at what it is measured, one after another. */
  readonly loads: "subscribers" | "series";
  readonly at: string;
  readonly seconds: string;
  /** Rounds, unless told; default 20. */
  readonly pairs?: string;
  /** Measurements that so many rounds of one load take. */
  readonly turns: (rounds: number) => number;
  readonly run: (load: number, options: RunOptions) => Promise<Measured>;
  /** What no load changes, measured once, after them. */
  readonly once?: (options: RunOptions) => Promise<Measured>;
}
const benches: Readonly<Record<string, Bench>> = {
  lite: {
    loads: "subscribers",
    at: "1,10,50,500",
    seconds: "1",
    turns: (rounds) => (rounds + warmRounds) * entrants.length,
    async run(subscribers, options) {
      const { pairs, seconds, seed } = options;
      const load = loadOf(subscribers);
      const result = summarize(load, await measure(load, options), seed);
      const figures = { ...result, pairs, seconds, seed, machine: machine() };
      return { result: figures, text: toText(result), write: () => keep(liteFigures, figures) };
    },
  },
  quic: {
    loads: "subscribers",
    at: "1,10,50",
    seconds: "1",
    turns: (rounds) => (rounds + 1) * 3,
    async run(subscribers, options) {
      const { pairs, seconds, seed } = options;
      const load = loadOf(subscribers);
      const result = summarizeQuic(load, await measureQuic(load, options), seed);
      const figures = { ...result, pairs, seconds, seed, machine: machine() };
      return { result: figures, text: quicToText(result), write: () => keep(quicFigures, figures) };
    },
  },
  relay: {
    loads: "subscribers",
    at: "1,10,100,500,2000",
    seconds: "2",
    pairs: "6",
    turns: (rounds) => (rounds + 1) * relays.length + 4,
    async run(subscribers, options) {
      const { pairs, seconds, seed } = options;
      const result = summarizeRelay(subscribers, await measureRelay(subscribers, options), seed);
      const figures = { ...result, pairs, seconds, seed, machine: machine() };
      return { result: figures, text: relayToText(result), write: () => keep(relayFigures, figures) };
    },
    async once({ pairs, seconds, seed, progress }) {
      const rows = await measureMemory(progress);
      const figures = { rows, pairs, seconds, seed, machine: machine() };
      return { result: figures, text: memoryText(rows), write: () => keep(relayMemoryFigures, figures) };
    },
  },
  observability: {
    loads: "subscribers",
    at: "50",
    seconds: "1",
    turns: (rounds) => (rounds + warmObservability) * 2 + 400,
    async run(subscribers, options) {
      const { pairs, seconds, seed } = options;
      const load = loadOf(subscribers);
      const measurements = await measureObservability(load, options);
      const counts = await countInstructions(Math.min(pairs, 5), options);
      const result = summarizeObservability(load, measurements, { counts, seed });
      const figures = { ...result, pairs, seconds, seed, machine: machine() };
      return { result: figures, text: observabilityToText(result), write: () => keep(observabilityFigures, figures) };
    },
  },
  telemetry: {
    loads: "series",
    at: "1,8",
    seconds: "0.2",
    turns: (rounds) => (rounds + warmTelemetry) * contestants.length,
    async run(series, options) {
      if (series > mostSeries) throw new RangeError(`--series must be at most ${mostSeries}, not ${series}: the closed sets allow no more`);
      const { pairs, seconds, seed } = options;
      const result = summarizeTelemetry(series, await measureTelemetry(series, options), seed);
      const figures = { ...result, pairs, seconds, seed, machine: machine() };
      return { result: figures, text: telemetryToText(result), write: () => keep(telemetryFigures, figures) };
    },
  },
  gateway: {
    loads: "subscribers",
    at: "1",
    seconds: "1",
    turns: (rounds) => (rounds + 2) * 3 + 40,
    async run(consoles, options) {
      const { pairs, seconds, seed } = options;
      const result = await measureGateway(consoles, options);
      const figures = { ...result, pairs, seconds, seed, machine: machine() };
      return { result: figures, text: gatewayToText(result), write: () => keep(gatewayFigures, figures) };
    },
  },
};

/** Recording takes two minutes and Chromium; its parts are loaded only then. */
async function recordAnew(): Promise<void> {
  const [{ record }, { writeRecording }] = await Promise.all([import("./gateway/record.ts"), import("./gateway/recording.ts")]);
  const reports = await record(say);
  say(`${reports.length} reports recorded, ${await writeRecording(reports)} bytes`);
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function positive(text: string, flag: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`--${flag} must be a number above 0, not "${text}"`);
  return value;
}
function whole(text: string, flag: string): number {
  const value = positive(text, flag);
  if (!Number.isInteger(value)) throw new RangeError(`--${flag} must be a whole number, not "${text}"`);
  return value;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pairs: { type: "string" },
      seconds: { type: "string" },
      subscribers: { type: "string" },
      series: { type: "string" },
      seed: { type: "string", default: "1" },
      write: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      record: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || positionals.length === 0) return void process.stdout.write(help);
  const bench = benches[positionals.join(" ")];
  if (!bench) throw new RangeError(`there is no bench "${positionals.join(" ")}"; there are ${Object.keys(benches).join(" and ")}`);
  if (values.record) return recordAnew();
  const seed = whole(values.seed, "seed");
  const options = {
    pairs: whole(values.pairs ?? bench.pairs ?? "20", "pairs"),
    seconds: positive(values.seconds ?? bench.seconds, "seconds"),
    seed,
    progress: say,
  };
  const counts = (values[bench.loads] ?? bench.at).split(",").map((count) => whole(count, bench.loads));
  const turns = bench.turns(options.pairs) * counts.length;
  say(`${turns} measurements, about ${Math.ceil((turns * (options.seconds + 0.2) + 5 * counts.length) / 60)} minutes`);
  const results: unknown[] = [];
  const take = async ({ result, text, write }: Measured): Promise<void> => {
    if (values.write) await write?.();
    results.push(result);
    if (!values.json) process.stdout.write(`${text}\n`);
  };
  for (const load of counts) await take(await bench.run(load, options));
  if (bench.once && values.subscribers === undefined) await take(await bench.once(options));
  if (values.json) process.stdout.write(`${JSON.stringify({ ...options, results }, null, 2)}\n`);
}

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
