import { type Clock, LiteError, type Session } from "@moqscope/lite";
import type { ReconnectReason, StallCause } from "./instruments.ts";
import { Rate } from "./rate.ts";

/** What the connection does, as far as it explains why media is missing (metrics.md §3, stall cause). */
export class Network {
  readonly #clock: Clock;
  readonly #session: () => Session | undefined;
  readonly #rate = new Rate();
  #bytes = 0;
  #groupMs: number | undefined;
  #groupLengthMs = 0;
  #lossReason: ReconnectReason = "other";
  constructor(clock: Clock, session: () => Session | undefined) {
    this.#clock = clock;
    this.#session = session;
  }
  /** The one that is up. */
  get session(): Session | undefined {
    return this.#session();
  }
  /** MoQ payload bytes received. */
  get bytes(): number {
    return this.#bytes;
  }
  /** Why the last session was lost. */
  get lossReason(): ReconnectReason {
    return this.#lossReason;
  }
  payload(bytes: number): void {
    this.#bytes += bytes;
  }
  received(media: "audio" | "video", bytes: number, newGroup: boolean): void {
    if (media !== "video") return;
    const now = this.#clock.now();
    this.#rate.add(bytes, now);
    if (!newGroup) return;
    if (this.#groupMs !== undefined) this.#groupLengthMs = now - this.#groupMs;
    this.#groupMs = now;
  }
  /** Video bits per second over the last two seconds; `undefined` when nothing came. */
  videoRate(): number | undefined {
    return this.#rate.bitsPerSecond(this.#clock.now()) || undefined;
  }
  lost(session: Session | undefined, error: unknown): void {
    if (!session) this.#lossReason = "setup_error";
    else if (error instanceof LiteError && error.code === "timeout") this.#lossReason = "idle_timeout";
    else this.#lossReason = "transport_lost";
  }
  cause(bitrate: number | undefined): StallCause {
    if (!this.#session()) return "network";
    const now = this.#clock.now();
    if (this.#groupMs !== undefined && this.#groupLengthMs > 0 && now - this.#groupMs > 2 * this.#groupLengthMs) return "publisher";
    return bitrate !== undefined && this.#rate.bitsPerSecond(now) < bitrate ? "network" : "unknown";
  }
}
