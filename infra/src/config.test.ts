import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { foreignProgram } from "../../scripts/foreign/installed.ts";

const folder = join(import.meta.dirname, "..");

/** The check that a program makes of its own file, run where its paths are relative to. */
const checks = [
  { program: "otelcol", file: "collector/collector.yaml", args: ["validate", "--config"] },
  { program: "otelcol", file: "collector/without-gateway.yaml", args: ["validate", "--config"] },
  { program: "otelcol", file: "collector/tail.yaml", args: ["validate", "--config"] },
  { program: "otelcol-edge", file: "collector/edge.yaml", args: ["validate", "--config"] },
  { program: "promtool", file: "prometheus/fleet.yml", args: ["check", "config"] },
  { program: "promtool", file: "prometheus/scale.yml", args: ["check", "config"] },
  { program: "amtool", file: "alertmanager/alertmanager.yml", args: ["check-config"] },
  { program: "loki", file: "loki/scale.yaml", args: ["-config.expand-env=true", "-verify-config", "-config.file"] },
  { program: "tempo", file: "tempo/scale.yaml", args: ["-config.expand-env=true", "-config.verify", "-config.file"] },
  { program: "promtool", file: "prometheus/prometheus.yml", args: ["check", "config"] },
  { program: "promtool", file: "prometheus/scrape.yml", args: ["check", "config"] },
  { program: "loki", file: "loki/loki.yaml", args: ["-config.expand-env=true", "-verify-config", "-config.file"] },
  { program: "tempo", file: "tempo/tempo.yaml", args: ["-config.expand-env=true", "-config.verify", "-config.file"] },
] as const;

describe("the stack's configuration", () => {
  for (const { program, file, args } of checks) {
    const path = foreignProgram(program);
    it(`${file} is valid for ${program} itself`, (context) => {
      if (path === undefined) return context.skip(`pnpm foreign:build ${program} makes what checks it`);
      const [cwd = "", name = ""] = file.split("/");
      const { status, stdout, stderr } = spawnSync(path, [...args, name], { cwd: join(folder, cwd), encoding: "utf8", timeout: 20_000 });
      expect(status, `${stdout}${stderr}`).toBe(0);
    });
  }
});
