/** `pnpm --filter infra run rules:export`: writes boards, rules and alerts in the form that somebody else's set-up reads. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { OptionError, type OptionTable, parseOptions } from "@moqscope/telemetry/options";
import { receiversFrom } from "../alertmanager.ts";
import { filesOf, layouts } from "./layouts.ts";

const table = {
  as: {
    flag: "--as",
    type: "string",
    choices: layouts,
    default: "grafana-managed",
    description: "grafana-managed: alerts for Grafana itself; mixin: dashboards/, rules/, alerts/",
  },
  out: { flag: "--out", type: "string", required: true, description: "Folder to write to; files of the same names are replaced" },
  prometheus: {
    flag: "--prometheus",
    type: "string",
    default: "prometheus",
    description: "Uid of the data source that Grafana's rules ask",
  },
} as const satisfies OptionTable;

try {
  const argv = process.argv.slice(2);
  const options = parseOptions({
    name: "pnpm --filter infra run rules:export",
    summary: "Writes alerts for Grafana itself, or boards and rules as a mixin. Receivers come from the stack's variables ALERT_*.",
    table,
    argv: argv[0] === "--" ? argv.slice(1) : argv,
    env: process.env,
  });
  if (options.kind === "help") process.stdout.write(`${options.text}\n`);
  else if (options.kind === "version") process.stdout.write("moqscope rules:export runs from sources\n");
  else {
    const { as, out, prometheus } = options.values;
    // pnpm runs a package's script in the package's folder; what is typed is meant from where it is typed.
    const folder = resolve(process.env["INIT_CWD"] ?? ".", out);
    const files = filesOf(as, receiversFrom(process.env), prometheus);
    for (const [path, text] of files) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    process.stdout.write(`${files.size} files in ${folder}\n`);
  }
} catch (error) {
  // A wrong option, a receiver that lacks its counterpart, a folder that cannot be written: each says what it is in one line.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
