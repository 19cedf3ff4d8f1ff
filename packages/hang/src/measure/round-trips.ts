import type { LinkRtt, Session } from "@moqscope/lite";

/** A round trip to the relay: what our own transport measured, or what the relay told by PROBE. */
export type RoundTrip = Pick<LinkRtt, "ms"> & { readonly source: LinkRtt["source"] | "probe" };

/** Every round trip that is known of a session, our own first. */
export function roundTrips({ transport, link }: Session): readonly RoundTrip[] {
  const { rtt, otherRtts = [] } = transport.stats();
  return [...(rtt ? [rtt] : []), ...otherRtts, ...(link.rttMs === undefined ? [] : [{ ms: link.rttMs, source: "probe" as const }])];
}
