import { type Clock, type LinkStats, systemClock } from "@moqscope/lite";
import { peerKey, readTcpFigures, type TcpFigures } from "./ss.ts";

/** Between two looks at the kernel; each comes a little before the sessions are sampled, so that what is sampled is fresh. */
export const tcpInfoIntervalMs = 10_000;
const leadMs = 1_000;
/** For one look. Real time, whatever clock was given: it is a real process. */
const lookMs = 5_000;

export interface TcpInfoOptions {
  readonly clock: Clock;
  /** The port whose connections are looked at. */
  readonly localPort: number;
  /** Told once, with the reason, when the kernel cannot be asked. */
  onUnavailable(reason: string): void;
  /** Default `ss`. */
  readonly read?: (localPort: number, signal: AbortSignal) => AsyncIterable<readonly TcpFigures[]>;
}
/** A connection that is followed. */
export interface FollowedTcp {
  /** As of the last look; `undefined` until there was one. The last figures stay readable after `end`. */
  stats(): LinkStats | undefined;
  end(): void;
}

/**
 * What the kernel knows of the TCP connections below WebSocket sessions (Linux). Node cannot ask for one socket, so every
 * connection of the port is asked for at once, by one process each interval, and by none while nobody is connected.
 */
export class TcpInfo {
  readonly #options: TcpInfoOptions;
  readonly #followed = new Map<string, { link: LinkStats | undefined }>();
  readonly #stopped = new AbortController();
  #cancel: () => void;
  #looking = false;
  #told = false;
  constructor(options: TcpInfoOptions) {
    this.#options = options;
    this.#cancel = options.clock.after(tcpInfoIntervalMs - leadMs, () => this.#tick());
  }
  /** Follows a connection by its peer's address and port as Node tells them. */
  follow(address: string, port: number): FollowedTcp {
    const key = peerKey(address, port);
    const entry: { link: LinkStats | undefined } = { link: undefined };
    this.#followed.set(key, entry);
    return {
      stats: () => entry.link,
      // Another connection may have come from the same port in the meantime.
      end: () => void (this.#followed.get(key) === entry && this.#followed.delete(key)),
    };
  }
  stop(): void {
    this.#cancel();
    this.#stopped.abort();
  }
  #tick(): void {
    this.#cancel = this.#options.clock.after(tcpInfoIntervalMs, () => this.#tick());
    if (this.#looking || this.#followed.size === 0) return;
    this.#looking = true;
    // Never rejects.
    void this.#look().finally(() => {
      this.#looking = false;
    });
  }
  async #look(): Promise<void> {
    const { read = readTcpFigures, localPort } = this.#options;
    const cut = new AbortController();
    const cancel = systemClock.after(lookMs, () => cut.abort());
    try {
      for await (const batch of read(localPort, AbortSignal.any([this.#stopped.signal, cut.signal])))
        for (const { peer, link } of batch) {
          const entry = this.#followed.get(peer);
          if (entry) entry.link = link;
        }
    } catch (error) {
      this.#lost(error);
    } finally {
      cancel();
    }
  }
  /** Old figures are not passed off as new ones. */
  #lost(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    for (const entry of this.#followed.values()) entry.link = undefined;
    if (this.#told) return;
    this.#told = true;
    this.#options.onUnavailable(error instanceof Error ? error.message : String(error));
  }
}
