import { TransportReason } from "@moqscope/lite";
import { expect, it } from "vitest";
import { transportText } from "./transport-text.ts";

it("says the transport alone where it is the one we like best", () => {
  expect(transportText({ kind: "webtransport", reason: "preferred" })).toBe("WebTransport (QUIC)");
  expect(transportText({ kind: "quic", reason: "requested" })).toBe("QUIC: the address asks for it");
});
it("says why it is another, with what is known of the failure", () => {
  expect(transportText({ kind: "websocket", reason: "webtransport_failed", detail: "Opening handshake failed." })).toBe(
    "WebSocket: WebTransport failed: Opening handshake failed",
  );
  expect(transportText({ kind: "websocket", reason: "faster" })).toBe("WebSocket: WebTransport did not come up in time");
});
it("has words for every reason", () => {
  const texts = Object.values(TransportReason).map((reason) => transportText({ kind: "websocket", reason }));
  expect(new Set(texts).size).toBe(texts.length);
});
