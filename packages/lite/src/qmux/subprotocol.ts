import { supportedVersions } from "../wire/version.ts";
import { type Framing, framings } from "./framing.ts";

/** What a WebSocket subprotocol name stands for (qmux-websocket §1). */
export interface Subprotocol {
  readonly name: string;
  readonly framing: Framing;
  /** Application protocol such as `moq-lite-05`. */
  readonly protocol: string;
}
const known: readonly Subprotocol[] = supportedVersions.flatMap((protocol) =>
  framings.map((framing) => ({ name: `${framing.name}.${protocol}`, framing, protocol })),
);

/** What a client offers, newest first. */
export const subprotocolOffers: readonly string[] = known.map(({ name }) => name);

/** The parts of a subprotocol that we speak; `undefined` for any other. */
export function parseSubprotocol(name: string): Subprotocol | undefined {
  return known.find((entry) => entry.name === name);
}

/** The newest of ours among a client's offers: `undefined` when it offered none at all, `false` when none is usable (answer 400). */
export function selectSubprotocol(offers: Iterable<string>): string | undefined | false {
  const offered = new Set(offers);
  if (offered.size === 0) return undefined;
  return known.find(({ name }) => offered.has(name))?.name ?? false;
}
