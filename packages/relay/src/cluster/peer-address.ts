import { RelayError, RelayErrorCode } from "../error.ts";

/** A relay to keep a link with, as an operator names it. */
export interface PeerAddress {
  /** Who it is: its URL in one spelling, without query. */
  readonly identity: string;
  /** Dialled as it is; its query may hold a token, so it is never told. */
  readonly url: string;
  /** Price of the link, 1 to `maxCost`: as many hops as it counts for. */
  readonly cost: number;
  /** What it is called until it has said its name itself: host and port. */
  readonly name: string;
  /** The IP address to dial, where its host stands for several relays (DNS). */
  readonly address?: string;
}

export const defaultCost = 1;
/** A chain has at most 32 hops, prices included. */
export const maxCost = 16;

/** One spelling for the schemes that lead to the same relay, and the ports that they stand for. */
const schemes: Readonly<Record<string, { readonly spelled: string; readonly port: string }>> = {
  "https:": { spelled: "https:", port: "443" },
  "wss:": { spelled: "https:", port: "443" },
  "moqt:": { spelled: "https:", port: "443" },
  "moql:": { spelled: "https:", port: "443" },
  "http:": { spelled: "http:", port: "80" },
  "ws:": { spelled: "http:", port: "80" },
};

/**
 * Reads a peer: a URL, or `host[:port]` for `https`. Of its query `cost` is for us, the rest is sent (relay-behaviour §9).
 * @throws RelayError `cluster_invalid` saying what is wrong with it, without its query.
 */
export function parsePeer(text: string): PeerAddress {
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  const known = url && schemes[url.protocol];
  if (!known || url.hostname === "")
    throw invalid(`"${shown(text)}" is no peer: give the URL of a relay, such as https://relay-1.example:4443`);
  const told = url.searchParams.get("cost");
  const cost = told === null ? defaultCost : Number(told);
  if (!Number.isInteger(cost) || cost < 1 || cost > maxCost)
    throw invalid(`the cost of ${shown(text)} is "${told}"; it is a whole number from 1 to ${maxCost}`);
  url.searchParams.delete("cost");
  url.hash = "";
  const host = url.hostname.toLowerCase();
  const port = url.port === "" || url.port === known.port ? "" : `:${url.port}`;
  const path = url.pathname.replace(/\/+$/, "");
  return { identity: `${known.spelled}//${host}${port}${path}`, url: url.href, cost, name: `${host}${port}` };
}

/** The same relay at one of the addresses of its host. */
export function peerAt(peer: PeerAddress, address: string): PeerAddress {
  const bare = address.includes(":") ? `[${address}]` : address;
  const { protocol, port } = new URL(peer.url);
  const shownPort = port === "" || port === schemes[protocol]?.port ? "" : `:${port}`;
  const at = `${bare}${shownPort}`;
  return { ...peer, identity: peer.identity.replace(/(?<=^https?:\/\/)[^/]+/, at), name: at, address };
}

/** A token may be in the query. */
function shown(text: string): string {
  return text.replace(/[?#].*$/s, "");
}
function invalid(message: string): RelayError {
  return new RelayError(RelayErrorCode.clusterInvalid, message);
}
