import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withoutVariables } from "@moqscope/telemetry/check";
import { expect, test } from "vitest";
import { foreignProgram } from "../../../scripts/foreign/installed.ts";
import { boards } from "./index.ts";
import { render } from "./kit/board.ts";
import { type BoardJson, queriesOf } from "./lint/board-json.ts";

const promtool = foreignProgram("promtool");

test.skipIf(promtool === undefined)("Prometheus itself reads every query of every board", () => {
  const queries = boards.flatMap((board) => queriesOf(render(board) as BoardJson, "prometheus").map(({ text }) => withoutVariables(text)));
  expect(queries.length).toBeGreaterThan(150);
  const folder = mkdtempSync(join(tmpdir(), "moqscope-boards-"));
  try {
    const rules = queries.map((expr, at) => ({ record: `query_${at}`, expr }));
    writeFileSync(join(folder, "queries.yml"), JSON.stringify({ groups: [{ name: "queries", rules }] }));
    const { status, stdout, stderr } = spawnSync(promtool ?? "", ["check", "rules", "--lint=none", "queries.yml"], {
      cwd: folder,
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(status, `${stdout}${stderr}`).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
