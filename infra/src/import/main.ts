/** `pnpm --filter infra run dashboards:import`: loads the boards into a Grafana that is there already. */
import { start } from "../command.ts";
import { importBoards, lineOf } from "./import-boards.ts";
import { table } from "./options.ts";

await start({
  script: "dashboards:import",
  summary: "Loads the boards into a Grafana that is there already, through its HTTP API; boards of the same uid are replaced.",
  table,
  run: (values) =>
    importBoards(values, (event) => process.stdout.write(`${values.json ? JSON.stringify(event) : lineOf(event, values.dryRun)}\n`)),
});
