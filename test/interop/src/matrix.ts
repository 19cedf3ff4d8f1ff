import { connect, type WebSocketConstructor } from "@moqscope/lite";
import { selectSubprotocol } from "@moqscope/lite/node";

/** A version over a framing: `name` is the WebSocket subprotocol, `""` that none was agreed on. */
export interface Row {
  readonly name: string;
  readonly framing: string;
  readonly version: string;
  /** The version's code where SETUP selects it (moq-lite §8). */
  readonly setupVersion: number | undefined;
}
const lite01 = 0xff0dad01;
const lite02 = 0xff0dad02;
const qmux = ["qmux-02", "qmux-01", "qmux-00"];

/** Everything that released peers can agree on, newest first. */
export const rows: readonly Row[] = [
  ...["moq-lite-05", "moq-lite-04", "moq-lite-03"].flatMap((version) =>
    qmux.map((framing) => ({ name: `${framing}.${version}`, framing, version, setupVersion: undefined })),
  ),
  ...[lite02, lite01].flatMap((setupVersion) => {
    const version = setupVersion === lite02 ? "moq-lite-02" : "moq-lite-01";
    return [
      ...qmux.map((framing) => ({ name: `${framing}.moql`, framing, version, setupVersion })),
      ...[...qmux, "webtransport"].map((framing) => ({ name: framing, framing, version, setupVersion })),
      { name: "", framing: "webtransport", version, setupVersion },
    ];
  }),
];

export const servers = ["our session", "our relay", "@moq/net 0.3.4"] as const;
export type Server = (typeof servers)[number];
export const clients = ["our client", "@moq/net 0.3.4", "@moq/lite 0.2.2"] as const;
export type Client = (typeof clients)[number];
export const directions = ["publish", "subscribe"] as const;
export type Direction = (typeof directions)[number];

/** `direction` is what the client does. */
export interface Cell {
  readonly row: Row;
  readonly server: Server;
  readonly client: Client;
  readonly direction: Direction;
}
export const cells: readonly Cell[] = clients.flatMap((client) =>
  rows.flatMap((row) => servers.flatMap((server) => directions.map((direction) => ({ row, server, client, direction })))),
);

/** Whether a cell is played: it cannot exist, or we do not speak it yet, for that reason. */
export type Fate =
  | { readonly kind: "played" }
  | { readonly kind: "not yet"; readonly reason: string }
  | { readonly kind: "cannot"; readonly reason: string };

/** What each client would offer; asked of the clients themselves. */
export type Offers = Readonly<Record<Client, readonly string[]>>;

export function fateOf({ row, server, client }: Cell, offers: Offers): Fate {
  const cannot = impossible(row, server, client, offers);
  if (cannot) return { kind: "cannot", reason: cannot };
  const needed = row.name === "" ? "webtransport" : row.name;
  const ours = server !== "@moq/net 0.3.4";
  if (ours && !speaksAsServer(needed)) return { kind: "not yet", reason: "`@moqscope/lite` does not accept this subprotocol yet" };
  if (client === "our client" && !offers[client].includes(needed))
    return { kind: "not yet", reason: "`@moqscope/lite` does not offer this subprotocol yet" };
  return { kind: "played" };
}

/** What lite's server answers to a client that offers only this. */
export function speaksAsServer(subprotocol: string): boolean {
  return selectSubprotocol([subprotocol]) === subprotocol;
}

function impossible(row: Row, server: Server, client: Client, offers: Offers): string | undefined {
  if (row.setupVersion === lite01 && server !== "@moq/net 0.3.4")
    return "moq-lite-01 is never chosen: a server takes the first version in the client's SETUP that it knows, and every client puts moq-lite-02 first";
  if (client !== "our client" && row.name !== "" && !offers[client].includes(row.name)) return `${client} does not offer this subprotocol`;
  return undefined;
}

/** What our client offers: it is let dial with a socket that only listens. */
export async function ourOffers(): Promise<readonly string[]> {
  let offered: readonly string[] = [];
  const Listening = class {
    constructor(_url: string, protocols: string[]) {
      offered = protocols;
      throw new Error("it has said what it offers");
    }
  };
  await connect("http://127.0.0.1/", { webSocket: Listening as unknown as WebSocketConstructor }).catch(() => undefined); // It must fail.
  return offered;
}
