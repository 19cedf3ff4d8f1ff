import { hasHopIds } from "../wire/version.ts";
import type { Context } from "./context.ts";

/**
 * The hop whose routes are no use to the peer: itself, as far as it says who it is; one that cannot say it has the id that stands for
 * it in our chains (relay-behaviour §2).
 */
export function excludedHop({ version, peerHop, peer }: Context): bigint | undefined {
  return hasHopIds(version) ? peer.id : peerHop;
}
