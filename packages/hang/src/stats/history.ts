import type { WatchStats } from "../watch/stats.ts";

/** One second of a player, as the graphs show it; a figure that was not known is absent. */
export interface Second {
  readonly latencyMs?: number;
  readonly bufferMs?: number;
  /** Received in this second. */
  readonly bitsPerSecond?: number;
  /** Whether playback stood still in it. */
  readonly stalled: boolean;
}

/** How far back the graphs reach. */
export const historySeconds = 60;

/** The last minute of a player, second by second. */
export class History {
  readonly #seconds: Second[] = [];
  #sessionId: string | undefined;
  #bytes: number | undefined;
  #stalledSeconds = 0;

  get seconds(): readonly Second[] {
    return this.#seconds;
  }
  /** Takes a snapshot, one a second. Another session begins anew. */
  add(stats: WatchStats): void {
    if (stats.sessionId !== this.#sessionId) this.#begin(stats.sessionId);
    const bytes = this.#bytes === undefined ? undefined : Math.max(0, stats.bytesReceived - this.#bytes);
    const stalled = stats.stalls.seconds > this.#stalledSeconds;
    this.#bytes = stats.bytesReceived;
    this.#stalledSeconds = stats.stalls.seconds;
    const bufferMs = stats.bufferMs.video ?? stats.bufferMs.audio;
    const latencyMs = stats.latency?.ms ?? stats.liveEdgeMs;
    this.#seconds.push({
      stalled,
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(bufferMs === undefined ? {} : { bufferMs }),
      ...(bytes === undefined ? {} : { bitsPerSecond: bytes * 8 }),
    });
    if (this.#seconds.length > historySeconds) this.#seconds.shift();
  }
  /** Bits of the newest second; `undefined` before there are two snapshots. */
  get bitsPerSecond(): number | undefined {
    return this.#seconds.at(-1)?.bitsPerSecond;
  }
  #begin(sessionId: string): void {
    this.#sessionId = sessionId;
    this.#seconds.length = 0;
    this.#bytes = undefined;
    this.#stalledSeconds = 0;
  }
}
