import { readFile } from "node:fs/promises";
import { type Origin, type Path, toPath } from "@moqscope/lite";
import { RelayError, RelayErrorCode } from "../error.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import type { Sessions } from "../session/sessions.ts";
import { type ClusterTls, Dialer } from "./dialer.ts";
import { dnsPeers } from "./dns-peers.ts";
import { filePeers } from "./file-peers.ts";
import { InboundLink, type LinkClaim } from "./inbound-link.ts";
import { Links } from "./links.ts";
import { MeshPeers, meshPath } from "./mesh-peers.ts";
import { Peer, type PeerContext } from "./peer.ts";
import { type PeerAddress, parsePeer } from "./peer-address.ts";
import type { PeerSource } from "./peer-source.ts";
import { type NodeReport, nodeReports } from "./report.ts";

/** Which relays to be linked with, and as whom. */
export interface ClusterOptions {
  /** URLs of peers, each with its price as `?cost=` and its token as `?jwt=` if they need any. */
  readonly connect?: readonly string[];
  /** A file with a JSON array of such URLs; read again when it changes. */
  readonly peersFile?: string;
  /** URLs whose host stands for several relays, one per address; looked up again and again. */
  readonly dns?: readonly string[];
  /** Our own public URL: it is left out of every list, and decides which of two relays that list each other dials. */
  readonly url?: string;
  /** Links with every relay that the cluster tells of, and has it told of this one; needs `url`. */
  readonly mesh?: boolean;
  /** A file with a token for peers whose URL brings none; read at each attempt. */
  readonly tokenFile?: string;
  readonly tls?: ClusterTls;
  /** For the jitter of waits: 0 up to, not including, 1. */
  readonly random?: () => number;
}
export interface ClusterContext {
  readonly origin: Origin;
  readonly sessions: Sessions;
  readonly instruments: RelayInstruments;
  /** What is asked of every session beside all that it announces: relays leave out names that begin with a dot. */
  readonly hidden?: readonly Path[];
  /** Name of this relay. */
  readonly node: string | undefined;
  /** Whether links may use QUIC. */
  readonly quic: boolean;
  /** How long the paths of a peer that was lost stay announced, milliseconds. */
  readonly lingerMs: number;
}

/** Who is to be found has to say where. */
function neededUrl(url: string | undefined): string {
  if (url !== undefined) return url;
  throw new RelayError(RelayErrorCode.clusterInvalid, "a mesh needs the URL of this relay: --cluster-mesh goes with --cluster-node");
}

/** The peers that a relay keeps links with, wherever it knows them from, and the links that came in. */
export class Cluster {
  readonly links: Links;
  /** What announcements are asked for, of every session. */
  readonly prefixes: readonly Path[];
  readonly #context: PeerContext;
  /** By where it comes from. */
  readonly #lists = new Map<string, readonly PeerAddress[]>();
  readonly #peers = new Map<string, { readonly peer: Peer; readonly running: Promise<void> }>();
  readonly #sources: readonly PeerSource[];
  readonly #stopWatching: () => void;
  #closed = false;
  /** @throws RelayError `cluster_invalid` naming the peer that cannot be used. */
  constructor(options: ClusterOptions, context: ClusterContext) {
    const { instruments, origin, sessions, node, quic, lingerMs, hidden = [] } = context;
    const { tokenFile, random, tls = {}, url } = options;
    this.links = new Links(instruments);
    this.prefixes = [toPath(""), ...hidden];
    this.#context = {
      origin,
      prefixes: this.prefixes,
      sessions,
      instruments,
      links: this.links,
      lingerMs,
      dialer: new Dialer({ tls, quic }),
      self: { node, identity: url === undefined ? undefined : parsePeer(url).identity },
      token: async () => (tokenFile === undefined ? undefined : (await readFile(tokenFile, "utf8")).trim()),
      ...(random ? { random } : {}),
    };
    this.#lists.set("static", (options.connect ?? []).map(parsePeer));
    const { clock } = instruments;
    this.#sources = [
      ...(options.peersFile === undefined ? [] : [filePeers(options.peersFile, clock)]),
      ...(options.dns ?? []).map((each) => dnsPeers(each, clock)),
      ...(options.mesh ? [new MeshPeers({ origin, clock, url: neededUrl(url) })] : []),
    ];
    this.#stopWatching = this.links.watch(() => {
      for (const { peer } of this.#peers.values()) peer.look();
    });
  }
  /** Dials the peers, and follows the lists of them. @throws RelayError `cluster_invalid` for a list that cannot be used. */
  async start(): Promise<void> {
    this.#apply();
    await Promise.all(this.#sources.map((source, index) => this.#follow(source, `${source.kind} ${index}`)));
  }
  /** Replaces the peers that `connect` gave. @throws RelayError `cluster_invalid`; the old ones stay then. */
  setPeers(urls: readonly string[]): void {
    this.#lists.set("static", urls.map(parsePeer));
    this.#apply();
  }
  /** Reads the lists of peers again. Never rejects: what cannot be used is told, and the old list stays. */
  async reload(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.reload()));
  }
  /** A session that says that it is a relay's, and may do everything. */
  inbound(claim: LinkClaim): InboundLink {
    return new InboundLink(claim, { links: this.links, node: this.#context.self.node, costOf: (identity) => this.#costOf(identity) });
  }
  reports(): NodeReport[] {
    return nodeReports(
      [...this.#peers.values()].map(({ peer }) => peer),
      this.links,
      (identity) => this.#context.origin.route(meshPath(identity))?.hops.length,
    );
  }
  /** Ends every link that we dialled. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopWatching();
    for (const source of this.#sources) source.stop();
    const running = [...this.#peers.values()];
    for (const { peer } of running) peer.stop();
    await Promise.all(running.map((each) => each.running));
    this.#peers.clear();
    this.links.stop();
  }
  async #follow(source: PeerSource, list: string): Promise<void> {
    const { recorder } = this.#context.instruments;
    await source.start({
      changed: (peers) => {
        this.#lists.set(list, peers);
        this.#apply();
        recorder.event("info", "moq.link.peers", { source: source.kind, count: peers.length });
      },
      failed: (reason) =>
        recorder.event("error", "moq.link.peers", { source: source.kind, reason, message: `The peers stay as they are: ${reason}` }),
    });
  }
  /** Links with whoever is in a list now, and with nobody else. */
  #apply(): void {
    if (this.#closed) return;
    const wanted = new Map<string, PeerAddress>();
    for (const list of this.#lists.values())
      for (const address of list)
        if (address.identity !== this.#context.self.identity && !wanted.has(address.identity)) wanted.set(address.identity, address);
    for (const [identity, { peer }] of this.#peers) {
      const address = wanted.get(identity);
      if (address && address.url === peer.address.url && address.cost === peer.address.cost) continue;
      peer.stop();
      this.#peers.delete(identity);
    }
    for (const [identity, address] of wanted) {
      if (this.#peers.has(identity)) continue;
      const peer = new Peer(address, this.#context);
      this.#peers.set(identity, { peer, running: peer.run() });
    }
  }
  #costOf(identity: string | undefined): number | undefined {
    return identity === undefined ? undefined : this.#peers.get(identity)?.peer.address.cost;
  }
}
