import { parseArgs } from "node:util";
import { summarize, toText } from "./lite/report.ts";
import { loadOf, measure } from "./lite/run.ts";

const help = `pnpm bench lite [options]

CPU per GB, latency and event loop delay of our server beside raw ws and @moq/net, over WebSocket on this machine.

  --pairs N            rounds, in each of which every server is measured once (20)
  --seconds S          of writing per measurement (1)
  --subscribers LIST   how many, one after another (1,10,50,500)
  --seed N             of the order and of the intervals (1)
  --json               the result as JSON on stdout; progress stays on stderr
  --help
`;

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
      pairs: { type: "string", default: "20" },
      seconds: { type: "string", default: "1" },
      subscribers: { type: "string", default: "1,10,50,500" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || positionals.length === 0) return void process.stdout.write(help);
  if (positionals.length > 1 || positionals[0] !== "lite")
    throw new RangeError(`there is no bench "${positionals.join(" ")}"; there is "lite"`);
  const seed = whole(values.seed, "seed");
  const options = { pairs: whole(values.pairs, "pairs"), seconds: positive(values.seconds, "seconds"), seed, progress: say };
  const counts = values.subscribers.split(",").map((count) => whole(count, "subscribers"));
  const turns = (options.pairs + 1) * 3 * counts.length;
  say(`${turns} measurements, about ${Math.ceil((turns * (options.seconds + 0.2) + 5 * counts.length) / 60)} minutes`);
  const results = [];
  for (const load of counts.map(loadOf)) {
    const result = summarize(load, await measure(load, options), seed);
    results.push(result);
    if (!values.json) process.stdout.write(`${toText(result)}\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ ...options, results }, null, 2)}\n`);
}

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
