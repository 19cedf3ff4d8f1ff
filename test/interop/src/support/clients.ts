import { Connection as OldConnection } from "@moq/lite";
import { Connection as NetConnection } from "@moq/net";
import { connect, Origin, type WebSocketConstructor } from "@moqscope/lite";
import { netParty } from "../party/net.ts";
import { oldLiteParty } from "../party/old-lite.ts";
import { ourParty } from "../party/ours.ts";
import type { Party } from "../party/party.ts";
import type { RestrictedSocket } from "./restricted-socket.ts";

export type Dial = (url: string, socket: RestrictedSocket) => Promise<Party>;

export const dialOurs: Dial = async (url, { Constructor }) => {
  const publish = new Origin();
  const session = await connect(url, { publish, webSocket: Constructor as unknown as WebSocketConstructor });
  return ourParty(session, publish);
};

export const dialNet: Dial = (url, { Constructor }) =>
  withGlobalSocket(Constructor, async () => netParty(await NetConnection.connect(new URL(url), {})));

export const dialOldLite: Dial = (url, { Constructor }) =>
  withGlobalSocket(Constructor, async () => oldLiteParty(await OldConnection.connect(new URL(url), {})));

/** They take the WebSocket of the page: here it is ours for as long as they dial. Node has no WebTransport, so they use nothing else. */
async function withGlobalSocket<T>(constructor: RestrictedSocket["Constructor"], dial: () => Promise<T>): Promise<T> {
  const page = globalThis as { WebSocket?: unknown; WebSocketStream?: unknown };
  const { WebSocket: before, WebSocketStream: stream } = page;
  page.WebSocket = constructor;
  delete page.WebSocketStream;
  try {
    return await dial();
  } finally {
    page.WebSocket = before;
    if (stream !== undefined) page.WebSocketStream = stream;
  }
}
