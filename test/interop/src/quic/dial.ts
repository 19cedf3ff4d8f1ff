import { connect, defaultWish, Origin, TransportMemory } from "@moqscope/lite";
import { quicOpener } from "@moqscope/lite/node";
import { connectQuic } from "@moqscope/quic";
import { ourParty } from "../party/ours.ts";
import type { Party } from "../party/party.ts";
import type { QuicVersion } from "./matrix.ts";

/** A silent end is found within the patience of a scenario. */
const idle = { idleTimeoutMs: 2000, keepAliveMs: 500 };
/** A relay that has just been started may not listen yet; QUIC itself asks again. */
const headStartMs = 20_000;

/** Of every group: moq-relay 0.17 takes 0, which means unset elsewhere, for the newest group alone. */
const maxLatencyMs = 60_000;

/** Our client over QUIC, on one version alone. Throws if it came to another transport. */
export async function dialQuic(url: string, version: QuicVersion): Promise<Party> {
  const publish = new Origin();
  const webTransport = quicOpener(
    { connectQuic: (to, options) => connectQuic(to, { ...options, ...idle, protocols: [version] }) },
    { trust: "none" },
  );
  const session = await connect(url, { publish, webTransport, headStartMs, memory: new TransportMemory() });
  const party = ourParty(session, publish, { ...defaultWish, maxLatencyMs });
  if (session.transport.kind === "websocket") throw new Error("it came to a WebSocket");
  return party;
}
