import type { Clock } from "@moqscope/lite";
import type { PeerAddress } from "./peer-address.ts";
import type { PeerSource, PeerSourceEvents } from "./peer-source.ts";

export interface FollowedOptions {
  readonly clock: Clock;
  /** Between two looks, milliseconds. */
  readonly everyMs: number;
  /** Reads the list. Rejects with an Error whose message names what cannot be used. */
  readonly read: () => Promise<readonly PeerAddress[]>;
  /** Whether a list that cannot be had at the start is an error of the configuration. */
  readonly strictAtStart: boolean;
}

/** A list of peers that is looked at again and again. A list that cannot be used keeps the one before, and is told once. */
export class Followed implements PeerSource {
  readonly kind: PeerSource["kind"];
  readonly #options: FollowedOptions;
  #events: PeerSourceEvents | undefined;
  #last: string | undefined;
  #failure: string | undefined;
  #stopped = false;
  #cancel = (): void => {};
  constructor(kind: PeerSource["kind"], options: FollowedOptions) {
    this.kind = kind;
    this.#options = options;
  }
  async start(events: PeerSourceEvents): Promise<void> {
    this.#events = events;
    if (this.#options.strictAtStart) this.#take(await this.#options.read());
    else await this.#look();
    this.#again();
  }
  reload(): Promise<void> {
    return this.#look();
  }
  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }
  #again(): void {
    if (this.#stopped) return;
    // Never rejects.
    this.#cancel = this.#options.clock.after(this.#options.everyMs, () => void this.#look().then(() => this.#again()), {
      background: true,
    });
  }
  async #look(): Promise<void> {
    try {
      this.#take(await this.#options.read());
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      if (message === this.#failure || this.#stopped) return;
      this.#failure = message;
      this.#events?.failed(message);
    }
  }
  #take(peers: readonly PeerAddress[]): void {
    this.#failure = undefined;
    const text = JSON.stringify(peers);
    if (this.#stopped || text === this.#last) return;
    this.#last = text;
    this.#events?.changed(peers);
  }
}
