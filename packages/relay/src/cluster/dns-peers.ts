import { lookup } from "node:dns/promises";
import type { Clock } from "@moqscope/lite";
import { Followed } from "./followed.ts";
import { parsePeer, peerAt } from "./peer-address.ts";
import type { PeerSource } from "./peer-source.ts";

const everyMs = 10_000;

/** Gives the addresses of a host. Rejects where there are none. */
export type ResolveAll = (hostname: string) => Promise<readonly string[]>;

/**
 * Peers from DNS: each address of the URL's host is one, looked up again every 10 s. A name that cannot be looked up keeps the peers as
 * they are: a name server that is away is no reason to part.
 * @throws RelayError `cluster_invalid` for what is no URL.
 */
export function dnsPeers(url: string, clock: Clock, resolve: ResolveAll = allAddresses): PeerSource {
  const peer = parsePeer(url);
  const hostname = new URL(peer.url).hostname.replace(/^\[(.*)\]$/, "$1");
  return new Followed("dns", {
    clock,
    everyMs,
    strictAtStart: false,
    async read() {
      try {
        return [...(await resolve(hostname))].sort().map((address) => peerAt(peer, address));
      } catch (cause) {
        throw new Error(`peers by DNS: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    },
  });
}

async function allAddresses(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}
