import type { Clock } from "../clock.ts";
import type { TransportStats } from "../transport/transport.ts";
import type { W3cStats, W3cWebTransport } from "./w3c.ts";

type LinkFigures = Pick<TransportStats, "rtt" | "packets" | "sendRateBps">;
/** `getStats` is asynchronous: it is asked at most so often, milliseconds, when somebody looks. */
const refreshMs = 100;

/** What `getStats` tells, where it is there and measures anything; asked for ahead of the one who looks. */
export class W3cStatistics {
  readonly available: boolean;
  readonly #session: W3cWebTransport;
  readonly #clock: Clock;
  #newest: LinkFigures = {};
  #askedMs: number | undefined;
  constructor(session: W3cWebTransport, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
    // Over HTTP/2 @fails-components/webtransport answers with zeros only.
    this.available = typeof session.getStats === "function" && session.reliability !== "reliable-only";
  }
  newest(): LinkFigures {
    const now = this.#clock.now();
    if (this.available && (this.#askedMs === undefined || now - this.#askedMs >= refreshMs)) {
      this.#askedMs = now;
      void this.#ask(); // Never rejects.
    }
    return this.#newest;
  }
  async #ask(): Promise<void> {
    try {
      const stats = await this.#session.getStats?.();
      if (stats) this.#newest = figuresOf(stats);
    } catch {
      // No figures are better than wrong ones; the session's end is told elsewhere.
    }
  }
}

function figuresOf(stats: W3cStats): LinkFigures {
  const { smoothedRtt = 0, minRtt = 0, estimatedSendRate } = stats;
  const [sent, lost, received] = [Number(stats.packetsSent ?? 0), Number(stats.packetsLost ?? 0), Number(stats.packetsReceived ?? 0)];
  const source = "getstats" as const;
  return {
    ...(smoothedRtt > 0 ? { rtt: { ms: smoothedRtt, ...(minRtt > 0 ? { minMs: minRtt } : {}), source } } : {}),
    // A count of lost packets that is 0 is absent: there are implementations that never count them.
    ...(sent > 0 ? { packets: { sent, ...(lost > 0 ? { lost } : {}), ...(received > 0 ? { received } : {}), source } } : {}),
    ...(typeof estimatedSendRate === "number" && estimatedSendRate > 0 ? { sendRateBps: estimatedSendRate } : {}),
  };
}
