import type { OptionTable, OptionValues } from "@moqscope/telemetry/options";

/** The options of `dashboards:import`. */
export const table = {
  grafana: {
    flag: "--grafana",
    env: "GRAFANA_URL",
    type: "string",
    required: true,
    description: "Address of Grafana, with its path if it has one",
  },
  token: {
    flag: "--token",
    env: "GRAFANA_TOKEN",
    type: "string",
    secret: true,
    description: "Token of a service account with the role Editor",
  },
  user: { flag: "--user", env: "GRAFANA_USER", type: "string", secret: true, description: "name:password, where there is no token" },
  folder: {
    flag: "--folder",
    type: "string",
    default: "moqscope",
    description: "Title of the folder that the boards go to; made where it is not",
  },
  prometheus: { flag: "--prometheus", type: "string", description: "Name or uid of the data source of metrics; default: the one there is" },
  loki: { flag: "--loki", type: "string", description: "Name or uid of the data source of logs; default: the one there is" },
  tempo: { flag: "--tempo", type: "string", description: "Name or uid of the data source of traces; default: the one there is" },
  dryRun: { flag: "--dry-run", type: "boolean", description: "Says what would happen and changes nothing" },
  json: { flag: "--json", type: "boolean", description: "Lines as JSON" },
} as const satisfies OptionTable;

export type ImportOptions = OptionValues<typeof table>;
