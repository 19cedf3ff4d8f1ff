import { otelHelp } from "@moqscope/telemetry/node";
import { nearest, OptionError, type ParsedOptions, parseOptions } from "@moqscope/telemetry/options";
import { CliError } from "../error.ts";
import { type CommandContext, version } from "./context.ts";
import { pubOptions, subOptions } from "./options.ts";
import { pub } from "./pub.ts";
import { sub } from "./sub.ts";

const help = `moqscope: headless MoQ publisher and viewer.

Usage: moqscope <command> [options]

Commands:
  pub FILE   Publish an MP4 or WebM file in real time; the word sample stands for the file that comes with it
  sub        Watch a broadcast without a screen and account for every group

moqscope <command> --help tells the options, moqscope --version the version.
`;
const commands = ["pub", "sub"];

/** Runs one command line (without the program's name). Resolves with the exit code: 0, 1 on failure, 2 for a wrong command line. */
export async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    await dispatch(argv, context);
    return 0;
  } catch (error) {
    const usage = error instanceof OptionError || (error instanceof CliError && error.exitCode === 2);
    const words = error instanceof Error ? error.message : String(error);
    context.stderr.write(`moqscope: ${words.replaceAll(/\s*\n\s*/g, " ")}\n`);
    return usage ? 2 : 1;
  }
}
async function dispatch(argv: readonly string[], context: CommandContext): Promise<void> {
  const [command, ...rest] = argv;
  const environment = otelHelp;
  switch (command) {
    case "pub": {
      const name = "moqscope pub";
      const summary = "Publishes an MP4 or WebM file in real time as a hang broadcast; the file sample comes with it";
      const positionals = { min: 1, max: 1 };
      const usage = `${name} FILE [options]`;
      const parsed = parseOptions({ name, summary, usage, table: pubOptions, argv: rest, env: context.env, positionals, environment });
      if (parsed.kind === "run") return pub(parsed.positionals[0] ?? "", parsed.values, context);
      return tell(parsed, context);
    }
    case "sub": {
      const name = "moqscope sub";
      const summary = "Watches a broadcast without a screen: frames, groups, gaps, delay, reconnects";
      const parsed = parseOptions({ name, summary, table: subOptions, argv: rest, env: context.env, environment });
      return parsed.kind === "run" ? sub(parsed.values, context) : tell(parsed, context);
    }
    case undefined:
    case "--help":
    case "-h":
    case "help":
      context.stdout.write(help);
      return;
    case "--version":
    case "-V":
      context.stdout.write(`${version()}\n`);
      return;
    default: {
      const meant = nearest(command, commands);
      const hint = meant === undefined ? `; there are ${commands.join(" and ")}` : `; did you mean ${meant}?`;
      throw new OptionError("unexpected_argument", `unknown command "${command}"${hint}`);
    }
  }
}
function tell(parsed: Exclude<ParsedOptions<never>, { kind: "run" }>, { stdout }: CommandContext): void {
  stdout.write(parsed.kind === "help" ? parsed.text : `${version()}\n`);
}
