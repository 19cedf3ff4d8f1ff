import { type Clock, LocalBroadcast, type Origin, type OriginReading, type Path, suffixOf, toPath, type Unpublish } from "@moqscope/lite";
import { type PeerAddress, parsePeer } from "./peer-address.ts";
import type { PeerSource, PeerSourceEvents } from "./peer-source.ts";

/** Below it each relay announces its URL, as an empty broadcast (relay-behaviour §9). */
const prefix = toPath(".internal/origins");
const everyMs = 30_000;
/** A relay that nobody announces any more stays a peer for so long: it may be on its way back. */
const staleMs = 60_000;

export interface MeshOptions {
  readonly origin: Origin;
  readonly clock: Clock;
  /** Our own public URL. */
  readonly url: string;
}

/** The path under which a relay of this URL is announced. Runs of slashes collapse in it, so that `https://a` reads `https:/a`. */
export function meshPath(url: string): Path {
  return toPath(`${prefix}/${parsePeer(url).identity}`);
}
/** The URL again; `undefined` for what is below the prefix and no URL of a relay. */
export function meshPeer(path: Path): PeerAddress | undefined {
  const suffix = suffixOf(path, prefix);
  try {
    return suffix === undefined ? undefined : parsePeer(suffix.replace(/^([a-z]+:)\/(?!\/)/, "$1//"));
  } catch {
    return undefined;
  }
}

/**
 * Peers that the cluster itself tells of: each relay announces its own URL below `.internal/origins`, and links with every other one that
 * it hears of. Of two the one whose URL is lower dials, so only those above ours are peers of ours.
 */
export class MeshPeers implements PeerSource {
  readonly kind = "mesh";
  readonly #options: MeshOptions;
  readonly #own: string;
  /** By identity; since when nobody has announced it. */
  readonly #known = new Map<string, { readonly peer: PeerAddress; goneMs: number | undefined }>();
  #events: PeerSourceEvents | undefined;
  #reading: OriginReading | undefined;
  #unpublish: Unpublish | undefined;
  #cancel = (): void => {};
  constructor(options: MeshOptions) {
    this.#options = options;
    this.#own = parsePeer(options.url).identity;
  }
  start(events: PeerSourceEvents): Promise<void> {
    const { origin, url } = this.#options;
    this.#events = events;
    this.#unpublish = origin.publish(meshPath(url), new LocalBroadcast());
    this.#reading = origin.attach(prefix, { active: ({ path }) => this.#active(path), ended: (path) => this.#ended(path) });
    this.#again();
    return Promise.resolve();
  }
  reload(): Promise<void> {
    return Promise.resolve();
  }
  stop(): void {
    this.#cancel();
    this.#reading?.detach();
    this.#unpublish?.();
  }
  #active(path: Path): void {
    const peer = meshPeer(path);
    if (!peer || peer.identity <= this.#own) return;
    const known = this.#known.get(peer.identity);
    if (known) known.goneMs = undefined;
    else {
      this.#known.set(peer.identity, { peer, goneMs: undefined });
      this.#tell();
    }
  }
  #ended(path: Path): void {
    const known = this.#known.get(meshPeer(path)?.identity ?? "");
    if (known) known.goneMs = this.#options.clock.now();
  }
  #again(): void {
    this.#cancel = this.#options.clock.after(everyMs, () => this.#look(), { background: true });
  }
  #look(): void {
    this.#again();
    const now = this.#options.clock.now();
    const stale = [...this.#known].filter(([, { goneMs }]) => goneMs !== undefined && now - goneMs >= staleMs);
    for (const [identity] of stale) this.#known.delete(identity);
    if (stale.length > 0) this.#tell();
  }
  #tell(): void {
    this.#events?.changed([...this.#known.values()].map(({ peer }) => peer));
  }
}
