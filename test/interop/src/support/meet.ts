import { connect, Origin } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { createRelay } from "@moqscope/relay";
import type { Cell, Client } from "../matrix.ts";
import { ourParty } from "../party/ours.ts";
import type { Party } from "../party/party.ts";
import type { Meeting } from "../scenario.ts";
import { type Dial, dialNet, dialOldLite, dialOurs } from "./clients.ts";
import { type RestrictedSocket, restrictedSocket } from "./restricted-socket.ts";
import { serveNet, serveOurs } from "./servers.ts";
import { within } from "./within.ts";

const dials: Record<Client, Dial> = { "our client": dialOurs, "@moq/net 0.3.4": dialNet, "@moq/lite 0.2.2": dialOldLite };

/** Brings the two of a cell together over real sockets, and says what was agreed. */
export async function meet(cell: Cell): Promise<Meeting & { readonly agreed: string }> {
  const socket = restrictedSocket(cell.row.name);
  const { client, other, close } = await (cell.server === "our relay" ? overRelay(cell, socket) : direct(cell, socket));
  const [publisher, subscriber] = cell.direction === "publish" ? [client, other] : [other, client];
  const cutOff = cell.server === "our relay" ? [client] : [client, other];
  return { publisher, subscriber, cut: socket.cut, cutOff, agreed: client.version, close };
}

interface Ends {
  readonly client: Party;
  readonly other: Party;
  readonly close: () => Promise<void>;
}

async function direct({ server, client, row }: Cell, socket: RestrictedSocket): Promise<Ends> {
  const serving = await (server === "our session" ? serveOurs() : serveNet(row.setupVersion));
  try {
    const dialled = await within("the client connects", dials[client](serving.url, socket));
    return { client: dialled, other: await within("the server's session begins", serving.party), close: serving.close };
  } catch (error) {
    await serving.close();
    throw error;
  }
}

/** The other end is our own client, on the newest version: the relay translates. */
async function overRelay({ client }: Cell, socket: RestrictedSocket): Promise<Ends> {
  // Nobody who is lost is waited for: that a loss is told is what is looked at.
  const relay = await createRelay({ listen: { host: "127.0.0.1", port: 0 }, adminListen: false, limits: { lingerMs: 0 } });
  try {
    const dialled = await within("the client connects", dials[client](relay.url, socket));
    const publish = new Origin();
    const session = await connect(relay.url, { publish, webSocket: nodeWebSocket });
    const other = ourParty(session, publish);
    const close = async (): Promise<void> => {
      dialled.close();
      other.close();
      await relay.close();
    };
    return { client: dialled, other, close };
  } catch (error) {
    await relay.close();
    throw error;
  }
}

/** What a foreign client offers when it dials: it is let dial a socket that only listens. */
export async function offersOf(client: Exclude<Client, "our client">): Promise<readonly string[]> {
  const serving = await serveNet(undefined);
  const socket = restrictedSocket("qmux-00");
  try {
    const party = await within(`${client} connects`, dials[client](serving.url, socket));
    party.close();
    await party.closed.catch(() => undefined); // Only its offers matter here.
  } finally {
    await serving.close();
  }
  return socket.wanted[0] ?? [];
}
