import { connect, type Origin, type Session } from "@moqscope/lite";
import { quicOpener } from "@moqscope/lite/node";
import * as quic from "@moqscope/quic";
import type { Relay } from "../relay.ts";

/** Whether the addon is there; its absence is why a test is skipped. */
export const addon: ReturnType<typeof quic.quicAvailable> = quic.quicAvailable();

/** A session set up over WebTransport, pinned to the hash that the relay tells; there is no WebSocket behind it. */
export function joinQuic(url: string, publish?: Origin): Promise<Session> {
  return connect(url, { webTransport: quicOpener(quic), webSocket: false, ...(publish ? { publish } : {}) });
}
/** The same over raw QUIC; the path goes in SETUP. */
export function joinRaw(relay: Relay, path = "", publish?: Origin): Promise<Session> {
  const webTransport = quicOpener(quic, { trust: { sha256: [relay.certificateSha256 ?? ""] } });
  return connect(`${relay.url.replace("http:", "moqt:")}/${path}`, { webTransport, ...(publish ? { publish } : {}) });
}
/** A transport session of a client that says nothing by itself and trusts one certificate. */
export function dial(sha256: string | undefined, url: string, protocols: readonly string[]): Promise<quic.QuicSession> {
  return quic.connectQuic(url, { protocols, trust: { sha256: [sha256 ?? ""] } });
}
