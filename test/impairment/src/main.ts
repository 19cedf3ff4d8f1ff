/** `pnpm impair`: an impairment as a process of its own. */
import { formatListen, OptionError } from "@moqscope/telemetry/options";
import { type CliOptions, describeSettings, readCliOptions } from "./cli-options.ts";
import { Control } from "./control.ts";
import { figuresOf, lineOf } from "./figures.ts";
import { createImpairment } from "./impairment.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const options = readCliOptions(process.argv.slice(2), process.env);
  if (options.kind === "help") say(options.text);
  else if (options.kind === "version") say("moqscope impair runs from sources");
  else await run(options);
} catch (error) {
  if (!(error instanceof OptionError || error instanceof RangeError || isSystemError(error))) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

async function run({ values, settings }: Extract<CliOptions, { kind: "run" }>): Promise<void> {
  const { udp, tcp, to, seed, json } = values;
  const impairment = await createImpairment({ to, ...(udp && { udp }), ...(tcp && { tcp }), seed, precise: !values.coarse });
  for (const direction of ["up", "down"] as const) impairment.set(settings[direction], { direction });
  const control = await Control.listen(values.control, impairment);
  const { ports } = impairment;
  const at = `http://${formatListen({ ...values.control, port: control.port })}/`;
  if (json) say(JSON.stringify({ event: "impair.ready", ports, control: at, settings: impairment.settings }));
  else {
    const heard = Object.entries(ports).map(([protocol, port]) => `${protocol} ${port}`);
    say(`${heard.join(" and ")} → ${formatListen(to)} · up: ${describeSettings(settings.up)} · down: ${describeSettings(settings.down)}`);
    say(`control: ${at}`);
  }
  const live = !json && process.stdout.isTTY;
  let before = impairment.counters();
  let beforeMs = performance.now();
  const tick = setInterval(() => {
    const after = impairment.counters();
    const nowMs = performance.now();
    const figures = figuresOf(before, after, (nowMs - beforeMs) / 1000);
    [before, beforeMs] = [after, nowMs];
    if (json) say(JSON.stringify({ event: "impair.figures", ...figures }));
    else if (live) process.stdout.write(`\r\u001b[2K${lineOf(figures).slice(0, (process.stdout.columns ?? 80) - 1)}`);
    else say(lineOf(figures));
  }, values.interval);
  let ending = false;
  const end = async (): Promise<void> => {
    // Its last words fail too where nobody reads them.
    if (ending) return;
    ending = true;
    clearInterval(tick);
    // A channel to the process that started this one keeps it alive.
    if (process.connected) process.disconnect?.();
    if (live) process.stdout.write("\n");
    await Promise.all([impairment.close(), control.close()]);
    if (json) say(JSON.stringify({ event: "impair.ended", counters: impairment.counters() }));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"] as const) process.once(signal, () => void end());
  // Whoever read the lines has gone.
  process.stdout.on("error", () => void end());
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}
