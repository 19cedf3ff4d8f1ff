import { type ConnectOptions, connect, type OpenWebTransport } from "@moqscope/lite";
import { nodeWebSocket, quicOpener } from "@moqscope/lite/node";
import type { Quic } from "@moqscope/quic";
import { CliError, CliErrorCode } from "./error.ts";
import type { Connect } from "./link.ts";

/** What a relay is dialled by; `auto` is WebTransport where `@moqscope/quic` is there, with WebSocket behind it. */
export const Transports = ["auto", "webtransport", "quic", "websocket"] as const;
export type TransportName = (typeof Transports)[number];

/** `@moqscope/quic`, or one line that says why it cannot be had. */
async function loadQuic(): Promise<Quic | { readonly reason: string }> {
  let quic: Quic;
  try {
    quic = await import("@moqscope/quic");
  } catch {
    return { reason: "@moqscope/quic is not installed: npm install @moqscope/quic" };
  }
  const found = quic.quicAvailable();
  return found.available ? quic : { reason: found.reason };
}

/** Loads what the transport needs, ahead of the first connect. Throws CliError `usage` when it cannot be had, saying why. */
export async function prepareTransport(transport: TransportName): Promise<void> {
  if (transport === "websocket") return;
  const quic = await loadQuic();
  if (transport !== "auto" && "reason" in quic) throw new CliError(CliErrorCode.usage, `--transport ${transport}: ${quic.reason}`);
}

/** Connects by that transport. */
export function dialer(transport: TransportName): Connect {
  return async (url, options) => {
    const quic = transport === "websocket" ? undefined : await loadQuic();
    const { url: target, ...how } = dialling(transport, new URL(url), quic && !("reason" in quic) ? quic : undefined);
    return connect(target, { ...options, ...how });
  };
}

interface Dialling extends Pick<ConnectOptions, "webTransport" | "webSocket"> {
  readonly url: URL;
}
function dialling(transport: TransportName, url: URL, quic: Quic | undefined): Dialling {
  const webTransport = quic ? quicOpener(quic) : false;
  switch (transport) {
    case "websocket":
      return { url, webTransport: false, webSocket: nodeWebSocket };
    case "auto":
      return { url, webTransport, webSocket: nodeWebSocket };
    case "webtransport":
      return { url, webTransport, webSocket: false };
    case "quic":
      return { url: rawUrl(url), webTransport: quic ? rawOpener(quic, url) : false };
  }
}

/** The same place for raw QUIC, on the port that the scheme means. */
function rawUrl(url: URL): URL {
  if (!url.protocol.startsWith("http")) return url;
  const port = url.port || (url.protocol === "http:" ? 80 : 443);
  return new URL(`moqt://${url.hostname}:${port}${url.pathname}${url.search}`);
}
/** Raw QUIC to a relay that was named by `http` is held to the fingerprint that it tells there, as WebTransport is. */
function rawOpener(quic: Quic, named: URL): OpenWebTransport {
  return async (url, options) => {
    if (named.protocol !== "http:") return quicOpener(quic)(url, options);
    const answer = await fetch(new URL("/certificate.sha256", named), { signal: options.signal });
    if (!answer.ok) throw new CliError(CliErrorCode.unreachable, `${named.host} serves no QUIC`);
    return quicOpener(quic, { trust: { sha256: [(await answer.text()).trim()] } })(url, options);
  };
}
