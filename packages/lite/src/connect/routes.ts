import type { Clock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import type { TransportLimits } from "../transport/limits.ts";
import { supportedProtocols } from "../wire/version.ts";
import { fetchFingerprint } from "./certificate.ts";
import { openWebSocket, toWebSocketUrl, type WebSocketConstructor } from "./open-socket.ts";
import { type OpenWebTransport, platformWebTransport } from "./open-web-transport.ts";
import type { Route } from "./race.ts";

export interface RouteOptions {
  readonly webSocket: WebSocketConstructor | false | undefined;
  /** `undefined`: the platform's. */
  readonly webTransport: OpenWebTransport | false | undefined;
  readonly clock: Clock;
  readonly limits: Partial<TransportLimits> | undefined;
  /** Told when the certificate's fingerprint was asked for and is known, or is not to be had. */
  readonly certificate: () => void;
}
/** The ways to a URL, best first, and why there is no QUIC among them. */
export interface Routes {
  readonly quic: Route | undefined;
  readonly socket: Route | undefined;
  readonly whyNoQuic: string | undefined;
  /** The scheme leaves no choice. */
  readonly requested: boolean;
}

/**
 * @throws LiteError `connect_failed` for what is no URL or has a scheme that nobody dials, `unsupported` for raw QUIC without an opener,
 * and where nothing is left to dial by.
 */
export function routesTo(url: string | URL, options: RouteOptions): Routes {
  const parsed = URL.parse(url);
  if (parsed && rawSchemes.includes(parsed.protocol)) return { ...rawRoute(parsed, options), socket: undefined, requested: true };
  toWebSocketUrl(url); // Says what is wrong with it.
  const socket = options.webSocket === false ? undefined : socketRoute(url, options.webSocket, options);
  if (!parsed || parsed.protocol.startsWith("ws")) return { quic: undefined, socket, whyNoQuic: undefined, requested: true };
  const found = options.webTransport === undefined ? platformWebTransport() : { open: options.webTransport };
  if (!found.open) return { quic: undefined, socket, whyNoQuic: "why" in found ? found.why : "it is switched off", requested: false };
  return { quic: webTransportRoute(parsed, found.open, options), socket, whyNoQuic: undefined, requested: socket === undefined };
}

/** Raw QUIC, whose ALPN is the application protocol. */
const rawSchemes: readonly string[] = ["moqt:", "moql:"];

function rawRoute(url: URL, { webTransport: open }: RouteOptions): Pick<Routes, "quic" | "whyNoQuic"> {
  if (!open) throw new LiteError(LiteErrorCode.unsupported, `"${url.protocol}" needs a \`webTransport\` that speaks raw QUIC`);
  return { quic: { kind: "quic", open: (signal) => open(url, { signal, protocols: supportedProtocols }) }, whyNoQuic: undefined };
}
function socketRoute(url: string | URL, webSocket: WebSocketConstructor | undefined, { clock, limits }: RouteOptions): Route {
  return { kind: "websocket", open: (signal) => openWebSocket(url, { signal, webSocket, clock, limits }) };
}
function webTransportRoute(url: URL, open: OpenWebTransport, options: RouteOptions): Route {
  const asked = { protocols: supportedProtocols };
  if (url.protocol === "https:") return { kind: "webtransport", open: (signal) => open(url, { ...asked, signal }) };
  return {
    kind: "webtransport",
    async open(signal) {
      let fingerprint: Uint8Array<ArrayBuffer>;
      try {
        fingerprint = await fetchFingerprint(url, signal);
      } finally {
        if (!signal.aborted) options.certificate();
      }
      return open(overTls(url), { ...asked, signal, certificateHashes: [fingerprint] });
    },
  };
}
/** The same address by `https`, port included: `http` without one means 80. */
function overTls(url: URL): URL {
  return new URL(`https://${url.hostname}:${url.port || 80}${url.pathname}${url.search}`);
}
