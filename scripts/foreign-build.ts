/**
 * `pnpm foreign:build`: builds programs of others, which tests and benches are held against, from their released sources into a cache
 * outside the checkout. Takes minutes once, then nothing.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { build, tidy } from "./foreign/build.ts";
import { builds, type ForeignBuild } from "./foreign/builds.ts";
import { current, foreignFolder, installedVersion } from "./foreign/installed.ts";
import { Progress } from "./foreign/progress.ts";

const help = `pnpm foreign:build [options] [program …]

Builds foreign programs from released sources, at low priority, into ${foreignFolder()}
(folder "foreign" of MOQSCOPE_CACHE). What is there in the wanted version is skipped. Needs cargo, and Go for those written in it.

  --list       what there is, in which version, and whether it is built
  --force      build also what is there
  --jobs N     compilers at once (half of the cores)
  --json       lines as JSON
  --help

Programs: ${builds.map(({ name }) => name).join(", ")}
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  args: process.argv.slice(2).filter((argument, at) => argument !== "--" || at > 0),
  options: {
    list: { type: "boolean", default: false },
    force: { type: "boolean", default: false },
    jobs: { type: "string", default: String(Math.max(1, Math.floor(availableParallelism() / 2))) },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
process.exitCode = await main();

async function main(): Promise<number> {
  const unknown = positionals.find((name) => builds.every((one) => one.name !== name));
  const jobs = Number(values.jobs);
  if (values.help) say(help);
  else if (unknown !== undefined)
    return complain(`there is no program "${unknown}"; there are ${builds.map(({ name }) => name).join(", ")}`);
  else if (!(Number.isInteger(jobs) && jobs > 0)) return complain(`--jobs must be a whole number above 0, not "${values.jobs}"`);
  else {
    const wanted = positionals.length === 0 ? builds : builds.filter(({ name }) => positionals.includes(name));
    if (!values.list) return buildAll(wanted, jobs);
    for (const one of wanted) list(one);
  }
  return 0;
}
function complain(line: string): number {
  process.stderr.write(`${line}\n`);
  return 2;
}

function list(one: ForeignBuild): void {
  const installed = installedVersion(one);
  if (values.json) return say(JSON.stringify({ ...one, installed: installed ?? null, current: current(one, installed) }));
  const state =
    installed === undefined ? `not built, about ${one.minutes} minutes` : current(one, installed) ? "built" : `built in ${installed}`;
  say(`${one.name.padEnd(12)} ${one.version.padEnd(10)} ${one.by.padEnd(6)} ${state.padEnd(28)} ${one.use}`);
}

async function buildAll(wanted: readonly ForeignBuild[], jobs: number): Promise<number> {
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => ended.abort());
  const words: string[] = [];
  let failed = 0;
  for (const one of wanted) {
    const word = await buildOne(one, jobs, ended.signal);
    if (word.failed) failed++;
    words.push(word.text);
    if (ended.signal.aborted) break;
  }
  // After a failure the next run goes on from there.
  if (failed === 0) await tidy();
  if (values.json) say(JSON.stringify({ event: "foreign.done", failed, folder: foreignFolder() }));
  else say(`${words.join(", ")}; in ${foreignFolder()}`);
  return failed > 0 ? 1 : 0;
}

async function buildOne(
  one: ForeignBuild,
  jobs: number,
  signal: AbortSignal,
): Promise<{ readonly failed: boolean; readonly text: string }> {
  const name = `${one.name} ${one.version}`;
  if (!values.force && current(one, installedVersion(one))) {
    if (values.json) say(JSON.stringify({ event: "foreign.skipped", name: one.name, version: one.version }));
    return { failed: false, text: `${name} was there` };
  }
  const progress = new Progress(name);
  const outcome = await build(one, { jobs, signal, progress: (text) => progress.at(text) });
  progress.end();
  if (values.json) say(JSON.stringify({ event: `foreign.${outcome.kind}`, name: one.name, version: one.version, ...outcome }));
  switch (outcome.kind) {
    case "built":
      return { failed: false, text: `${name} built in ${outcome.seconds} s` };
    case "failed":
      return { failed: true, text: `${name} failed (${outcome.reason}; log ${outcome.log})` };
  }
}
