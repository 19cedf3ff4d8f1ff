/** `pnpm --filter infra run dashboards:import`: loads the boards into a Grafana that is there already. */
import { OptionError } from "@moqscope/telemetry/options";
import { importBoards, lineOf } from "./import-boards.ts";
import { ImportError } from "./import-error.ts";
import { readOptions } from "./options.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.kind === "help") say(options.text);
  else if (options.kind === "version") say("moqscope dashboards:import runs from sources");
  else {
    const { values } = options;
    await importBoards(values, (event) => say(values.json ? JSON.stringify(event) : lineOf(event, values.dryRun)));
  }
} catch (error) {
  if (!(error instanceof OptionError || error instanceof ImportError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
