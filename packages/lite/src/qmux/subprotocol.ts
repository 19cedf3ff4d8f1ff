import { legacySetupProtocol, supportedProtocols } from "../wire/version.ts";
import { type Framing, framings, legacyFraming, qmuxFramings } from "./framing.ts";

/** What a WebSocket subprotocol name stands for (qmux-websocket §1). */
export interface Subprotocol {
  readonly name: string;
  readonly framing: Framing;
  /** Application protocol such as `moq-lite-05`, or `moql` where SETUP negotiates the version. */
  readonly protocol: string;
}
const known: readonly Subprotocol[] = [
  ...supportedProtocols.flatMap((protocol) => qmuxFramings.map((framing) => ({ name: `${framing.name}.${protocol}`, framing, protocol }))),
  ...framings.map((framing) => ({ name: framing.name, framing, protocol: legacySetupProtocol })),
];
/** A socket that negotiated nothing. */
const none: Subprotocol = { name: "", framing: legacyFraming, protocol: legacySetupProtocol };

/** What a client offers, newest first; bare framings last (qmux-websocket §1.1). */
export const subprotocolOffers: readonly string[] = known.map(({ name }) => name);

/** The parts of a subprotocol that we speak, the empty one included; `undefined` for any other. */
export function parseSubprotocol(name: string): Subprotocol | undefined {
  return name === "" ? none : known.find((entry) => entry.name === name);
}

/**
 * The newest of ours among a client's offers: `undefined` when it offered none at all (accept without a subprotocol, which stands for
 * the legacy framing), `false` when none is usable (answer 400).
 */
export function selectSubprotocol(offers: Iterable<string>): string | undefined | false {
  const offered = new Set(offers);
  if (offered.size === 0) return undefined;
  return known.find(({ name }) => offered.has(name))?.name ?? false;
}
