import { spawnSync } from "node:child_process";
import { foreignProgram } from "./installed.ts";

/** Prometheus' own checker: ours of `pnpm foreign:build`, else that of the Debian package prometheus; `undefined` without either. */
export function promtoolPath(): string | undefined {
  return foreignProgram("promtool") ?? (spawnSync("promtool", ["--version"]).error === undefined ? "promtool" : undefined);
}

/** Why a test that needs it is skipped. */
export const noPromtool = "neither pnpm foreign:build promtool nor the Debian package prometheus is there";
