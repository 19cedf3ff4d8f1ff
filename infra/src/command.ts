import { OptionError, type OptionTable, type OptionValues, parseOptions } from "@moqscope/telemetry/options";

export interface Command<T extends OptionTable> {
  /** The script of this package that starts it. */
  readonly script: string;
  readonly summary: string;
  readonly table: T;
  readonly run: (values: OptionValues<T>) => Promise<void> | void;
}

/** Reads the command line of this process and runs; a wrong option ends it with 2, any other failure with 1, each told in one line. */
export async function start<const T extends OptionTable>({ script, summary, table, run }: Command<T>): Promise<void> {
  try {
    const argv = process.argv.slice(2);
    const name = `pnpm --filter infra run ${script}`;
    const options = parseOptions({ name, summary, table, argv: argv[0] === "--" ? argv.slice(1) : argv, env: process.env });
    if (options.kind === "help") process.stdout.write(`${options.text}\n`);
    else if (options.kind === "version") process.stdout.write(`moqscope ${script} runs from sources\n`);
    else await run(options.values);
  } catch (error) {
    const cause = error instanceof TypeError && error.cause instanceof Error ? `: ${error.cause.message}` : "";
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${cause}\n`);
    process.exitCode = error instanceof OptionError ? 2 : 1;
  }
}
