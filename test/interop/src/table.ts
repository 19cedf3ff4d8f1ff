import {
  type Cell,
  type Client,
  cells,
  clients,
  directions,
  type Fate,
  fateOf,
  type Offers,
  type Row,
  rows,
  type Server,
  servers,
} from "./matrix.ts";

/** What came of each cell that was played. */
export type Results = ReadonlyMap<Cell, "passed" | "failed">;

/** What released peers do that a cell has to live with. */
const found: readonly (readonly [peer: string, what: string, therefore: string])[] = [
  [
    "@moq/net 0.3.4, subscribing",
    "ends an open group without an error when its session is lost, as if it were whole",
    "elsewhere a group that was cut must not look whole; here only that it ends is asked",
  ],
  [
    "@moq/net 0.3.4",
    "each look at `closed` of a connection makes another promise, which nobody handles when the session is lost",
    "look once",
  ],
  [
    "@moq/watch 0.4.6",
    "imports `@moq/json` without declaring it: under pnpm it finds an older version and stops after the catalog is subscribed",
    "`packageExtensions` in `pnpm-workspace.yaml` declares it",
  ],
  ["@moq/lite 0.2.2, publishing", "keeps no group for who comes late", "the application replays the latest group"],
];

/** docs/interop.md, from the results of one run. */
export function render(results: Results, offers: Offers, components: readonly Component[]): string {
  const notes = new Notes();
  const tables = clients.map((client) => section(client, { results, offers, notes }));
  return [
    "# Who understands whom",
    "",
    "Written by the tests in `test/interop` from what came of them, and compared with their results at every run: `pnpm test --project interop`, over QUIC `pnpm test:long`;",
    "with `-u` behind it the page is written anew. Each cell is one connection over a real WebSocket, in which 200 groups are moved and every",
    "byte is compared; someone joins in the middle of a group, unsubscribes, subscribes again, sees the broadcast taken back, and is cut off in",
    "the middle of a group. On moq-lite-05 every timestamp is compared too.",
    "",
    "`publish` and `subscribe` say what the client does. Behind our relay the other end is our own client on the newest version.",
    "`yes`: shown by the last run. `not yet`: we do not speak it. `–`: cannot exist. `FAILED`: the run failed.",
    "",
    ...tables.flat(),
    "## Web components in Chromium",
    "",
    "| Component | What it does | Result |",
    "| --- | --- | --- |",
    ...components.map(({ name, does, result }) => `| ${name} | ${does} | ${result} |`),
    "",
    "## Notes",
    "",
    ...notes.lines,
    "",
    "## Found in released peers",
    "",
    "| Peer | What it does | What the tests do about it |",
    "| --- | --- | --- |",
    ...found.map((line) => `| ${line.join(" | ")} |`),
    "",
  ].join("\n");
}

/** A released web component through our relay. */
export interface Component {
  readonly name: string;
  readonly does: string;
  readonly result: string;
}

interface Context {
  readonly results: Results;
  readonly offers: Offers;
  readonly notes: Notes;
}

function section(client: Client, context: Context): string[] {
  const heads = servers.flatMap((server) => directions.map((direction) => `${server}: ${direction}`));
  const lines = rows.map((row) => line(client, row, context)).filter((text) => text !== undefined);
  return [
    `## Client: ${client === "our client" ? "ours" : client}`,
    "",
    `| Version | Subprotocol | ${heads.join(" | ")} |`,
    `| --- | --- |${" --- |".repeat(heads.length)}`,
    ...lines,
    "",
  ];
}

/** A subprotocol that a foreign client never offers has no line. */
function line(client: Client, row: Row, context: Context): string | undefined {
  const mine = cells.filter((cell) => cell.client === client && cell.row === row);
  if (client !== "our client" && row.name !== "" && !context.offers[client].includes(row.name)) return undefined;
  const words = servers.flatMap((server) => directions.map((direction) => word(find(mine, server, direction), context)));
  return `| ${row.version} | ${row.name === "" ? "none agreed" : `\`${row.name}\``} | ${words.join(" | ")} |`;
}
function find(among: readonly Cell[], server: Server, direction: string): Cell | undefined {
  return among.find((cell) => cell.server === server && cell.direction === direction);
}
function word(cell: Cell | undefined, { results, offers, notes }: Context): string {
  if (!cell) return "";
  const fate: Fate = fateOf(cell, offers);
  switch (fate.kind) {
    case "played":
      return results.get(cell) === "passed" ? "yes" : "FAILED";
    case "not yet":
      return `not yet ${notes.mark(fate.reason)}`;
    case "cannot":
      return `– ${notes.mark(fate.reason)}`;
  }
}

/** Each reason once, numbered in order of appearance. */
class Notes {
  readonly #reasons: string[] = [];
  mark(reason: string): string {
    if (!this.#reasons.includes(reason)) this.#reasons.push(reason);
    return `(${this.#reasons.indexOf(reason) + 1})`;
  }
  get lines(): string[] {
    return this.#reasons.map((reason, index) => `${index + 1}. ${reason}`);
  }
}
