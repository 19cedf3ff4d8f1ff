import type { LinkEnd, Links } from "./links.ts";
import type { Peer, PeerState } from "./peer.ts";

/** One relay of the cluster as the admin listener shows it (`/nodes`); what is not known is `null`. */
export interface NodeReport {
  /** Its URL without query; `null` for one that dialled us and did not say it. */
  readonly node: string | null;
  readonly name: string;
  /** `down` for one that is expected and not there, whoever has to dial. */
  readonly state: "up" | "down" | "self";
  /** What our own side does about it; `null` for one that only dials us. */
  readonly dialing: PeerState | null;
  /** Its hop id, decimal. */
  readonly origin_id: string | null;
  readonly connections: readonly { readonly id: string; readonly direction: "inbound" | "outbound"; readonly transport: string }[];
  readonly rtt_ms: number | null;
  /** Hops between us and it: 1 while it is up, else as the mesh tells of it. */
  readonly hops: number | null;
  readonly cost: number;
  /** Why it is not up. */
  readonly error: string | null;
  readonly retry_in_ms: number | null;
}

/** The peers that are configured, then those that only came in. */
export function nodeReports(peers: readonly Peer[], links: Links, hopsTo: (identity: string) => number | undefined): NodeReport[] {
  const ends = [...links];
  const taken = new Set<LinkEnd>();
  const ofPeers = peers.map((peer) => {
    const own = ends.filter(({ end }) => end.identity === peer.address.identity || (end.hop !== undefined && end.hop === peer.hop));
    for (const { end } of own) taken.add(end);
    return ofPeer(
      peer,
      own.map(({ end }) => end),
      hopsTo(peer.address.identity),
    );
  });
  const others = ends.filter(({ end }) => !taken.has(end)).map(({ name, end }) => ofInbound(name, end));
  return [...ofPeers, ...others];
}

function ofPeer(peer: Peer, ends: readonly LinkEnd[], announcedHops: number | undefined): NodeReport {
  const up = ends.length > 0;
  const retry = peer.retryInMs;
  return {
    node: peer.address.identity,
    name: peer.name,
    state: peer.state === "self" ? "self" : up ? "up" : "down",
    dialing: peer.state,
    ...measured(ends, peer.hop),
    hops: up ? 1 : (announcedHops ?? null),
    cost: peer.address.cost,
    error: up ? null : (peer.error ?? null),
    retry_in_ms: retry === undefined ? null : Math.round(retry),
  };
}
function ofInbound(name: string, end: LinkEnd): NodeReport {
  return {
    node: end.identity ?? null,
    name,
    state: "up",
    dialing: null,
    ...measured([end], end.hop),
    cost: 1,
    error: null,
    retry_in_ms: null,
  };
}
function measured(ends: readonly LinkEnd[], hop: bigint | undefined): Pick<NodeReport, "origin_id" | "connections" | "rtt_ms" | "hops"> {
  return {
    origin_id: hop?.toString() ?? null,
    connections: ends.map(({ connectionId: id, direction, transport }) => ({ id, direction, transport })),
    rtt_ms: ends[0]?.rttMs() ?? null,
    hops: ends.length > 0 ? 1 : null,
  };
}
