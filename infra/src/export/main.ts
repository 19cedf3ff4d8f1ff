/** `pnpm --filter infra run rules:export`: writes boards, rules and alerts in the form that somebody else's set-up reads. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { OptionTable } from "@moqscope/telemetry/options";
import { receiversFrom } from "../alertmanager.ts";
import { start } from "../command.ts";
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

await start({
  script: "rules:export",
  summary: "Writes alerts for Grafana itself, or boards and rules as a mixin. Receivers come from the stack's variables ALERT_*.",
  table,
  run({ as, out, prometheus }) {
    // pnpm runs a package's script in the package's folder; what is typed is meant from where it is typed.
    const folder = resolve(process.env["INIT_CWD"] ?? ".", out);
    const files = filesOf(as, receiversFrom(process.env), prometheus);
    for (const [path, text] of files) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    process.stdout.write(`${files.size} files in ${folder}\n`);
  },
});
