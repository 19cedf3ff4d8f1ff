import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { TelemetryError } from "@moqscope/telemetry";
import { OptionError, tomlText } from "@moqscope/telemetry/options";
import { TokenError } from "@moqscope/token";
import { RelayError, RelayErrorCode } from "./error.ts";
import { relaySections as sections, relayOptionTable as table } from "./main-options.ts";
import { checkSettings } from "./process/check-settings.ts";
import { runRelay } from "./process/run.ts";
import { programName, readSettings, type Settings } from "./process/settings.ts";
import { type TokenIo, tokenCommand } from "./token-command/token-command.ts";
import { runWorkers } from "./workers/run-workers.ts";
import { ownPlace } from "./workers/worker.ts";

const io: TokenIo = {
  print: (given) => void process.stdout.write(given),
  note: (given) => void process.stderr.write(given),
  readStdin: () => text(process.stdin),
};

await main();

async function main(): Promise<void> {
  try {
    const [first, ...rest] = process.argv.slice(2);
    if (first === "token") return void (process.exitCode = await tokenCommand(rest, version(), io));
    const parsed = readSettings(process.argv.slice(2), process.env);
    switch (parsed.kind) {
      case "help":
        process.stdout.write(parsed.text);
        return;
      case "version":
        process.stdout.write(`${version()}\n`);
        return;
      case "run":
        await start(parsed);
    }
  } catch (error) {
    process.stderr.write(
      explain(error)
        .map((line) => `${programName}: ${line}\n`)
        .join(""),
    );
    process.exit(1);
  }
}

async function start(settings: Settings): Promise<void> {
  const { values, sources, configFile } = settings;
  const place = await ownPlace();
  if (values.printConfig) return void process.stdout.write(tomlText(values, { table, sources, sections }));
  await checkSettings(values);
  if (values.check)
    return void process.stdout.write(`The configuration${configFile === undefined ? "" : ` in ${configFile}`} can be used.\n`);
  const own = { settings, version: version(), place };
  if (values.workers > 1 && !own.place) await runWorkers(own);
  else await runRelay(own);
}

function version(): string {
  const file: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof file === "object" && file !== null && "version" in file && typeof file.version === "string" ? file.version : "unknown";
}

/** Lines for a person. */
function explain(error: unknown): readonly string[] {
  if (error instanceof OptionError) return error.problems;
  if (error instanceof RelayError && error.listener !== undefined && error.listener !== "inside") {
    const option = error.listener === "public" ? table.listen : table.adminListen;
    const way = error.code === RelayErrorCode.portTaken ? "choose another" : "choose another address";
    return [`${error.message}; ${way} with ${option.flag} or ${option.env}`];
  }
  const known = [RelayError, TelemetryError, TokenError];
  if (error instanceof Error && known.some((kind) => error instanceof kind)) return [error.message];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}
