import type { Clock } from "../clock.ts";

export interface KeepAliveOptions {
  readonly clock: Clock;
  /** Pings below the framing, where the socket can: sent every `intervalMs`, dead after `timeoutMs` of silence. */
  readonly socketPing?: { readonly intervalMs: number; readonly timeoutMs: number; readonly send: () => void };
  /** Sends a QX_PING request. */
  readonly sendPing: () => void;
  readonly dead: (afterMs: number) => unknown;
}

/** Keeps a link alive, notices when it is dead, and measures its round trip. */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  #idleMs = 0;
  #receivedAt: number;
  #qxPingAt: number;
  #pingAt: number | undefined;
  #rttMs: number | undefined;
  #cancel: (() => void)[] = [];
  constructor(options: KeepAliveOptions) {
    this.#options = options;
    this.#receivedAt = options.clock.now();
    this.#qxPingAt = this.#receivedAt;
    if (options.socketPing) this.#every(options.socketPing.intervalMs, () => this.#socketPing());
  }
  /** Smoothed round trip, milliseconds (7/8 old, 1/8 new). */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }
  /** Begins to watch the idle timeout that both sides agreed on; 0 is none. */
  watchIdle(idleMs: number): void {
    this.#idleMs = idleMs;
    if (idleMs > 0) this.#every(Math.max(1, idleMs / 6), () => this.#checkIdle());
  }
  received(): void {
    this.#receivedAt = this.#options.clock.now();
  }
  /** A ping of either layer went out. */
  pinged(): void {
    this.#pingAt ??= this.#options.clock.now();
  }
  /** Its answer came. */
  ponged(): void {
    this.received();
    if (this.#pingAt === undefined) return;
    const sample = this.#options.clock.now() - this.#pingAt;
    this.#rttMs = this.#rttMs === undefined ? sample : this.#rttMs + (sample - this.#rttMs) / 8;
    this.#pingAt = undefined;
  }
  stop(): void {
    for (const cancel of this.#cancel) cancel();
    this.#cancel = [];
  }
  #socketPing(): void {
    const ping = this.#options.socketPing;
    if (!ping) return;
    const silentMs = this.#options.clock.now() - this.#receivedAt;
    if (silentMs >= ping.timeoutMs) return void this.#options.dead(silentMs);
    this.pinged();
    ping.send();
  }
  /** Dead is who left a ping unanswered: silence alone may be a page whose timers were held back. */
  #checkIdle(): void {
    const now = this.#options.clock.now();
    const silentMs = now - this.#receivedAt;
    const unansweredMs = this.#pingAt === undefined ? 0 : now - this.#pingAt;
    if (silentMs >= this.#idleMs && unansweredMs >= this.#idleMs / 3) return void this.#options.dead(silentMs);
    if (now - this.#qxPingAt < this.#idleMs / 3) return;
    this.#qxPingAt = now;
    this.pinged();
    this.#options.sendPing();
  }
  #every(intervalMs: number, run: () => void): void {
    const slot = this.#cancel.length;
    const again = (): void => {
      this.#cancel[slot] = this.#options.clock.after(intervalMs, () => {
        again();
        run();
      });
    };
    again();
  }
}
