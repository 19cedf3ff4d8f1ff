import { type TransportChoice, type TransportKind, TransportReason } from "@moqscope/lite";

const names: Readonly<Record<TransportKind, string>> = {
  webtransport: "WebTransport (QUIC)",
  quic: "QUIC",
  websocket: "WebSocket",
  memory: "this page",
};

/** Which transport a session has, and why, in words for a viewer, without a full stop: `WebSocket: WebTransport failed: …`. */
export function transportText({ kind, reason, detail }: TransportChoice): string {
  const why = reasonText(reason);
  const more = why === undefined ? undefined : detail?.replace(/\.$/, "");
  return [names[kind], why, more].filter((part) => part !== undefined && part !== "").join(": ");
}

function reasonText(reason: TransportReason): string | undefined {
  switch (reason) {
    case TransportReason.preferred:
      return undefined;
    case TransportReason.requested:
      return "the address asks for it";
    case TransportReason.webtransportUnavailable:
      return "there is no WebTransport";
    case TransportReason.webtransportFailed:
      return "WebTransport failed";
    case TransportReason.faster:
      return "WebTransport did not come up in time";
    case TransportReason.remembered:
      return "WebTransport failed a short while ago";
    case TransportReason.websocketFailed:
      return "WebSocket failed";
  }
}
