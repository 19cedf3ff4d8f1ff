import type { Clock } from "../clock.ts";
import type { TrackInfo } from "../model/track.ts";
import { WireCode } from "../wire/code.ts";
import { ageMs } from "./group-age.ts";
import type { GroupSender } from "./group-sender.ts";
import { GroupDropReason } from "./meter.ts";

export interface ExpiryOptions {
  readonly clock: Clock;
  readonly info: TrackInfo;
  /** Groups on their way, by sequence. */
  readonly senders: ReadonlyMap<number, GroupSender>;
}

/**
 * Gives up the groups of one subscription that nobody can use any more (moq-lite §9.8): one that is not the latest, when its age
 * against the latest is above the subscriber's patience; and by a timer, whether or not anything newer comes, when it has been
 * overtaken and undelivered for that patience or for as long as its publisher keeps groups. A limit of 0 is no limit.
 */
export class Expiry {
  readonly #options: ExpiryOptions;
  #patienceMs = 0;
  /** The shorter of the two limits that are set. */
  #limitMs: number;
  #latest: GroupSender | undefined;
  #timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;
  constructor(options: ExpiryOptions) {
    this.#options = options;
    this.#limitMs = shortest(options.info.maxLatencyMs);
  }
  /** The subscriber's max latency in milliseconds; 0 is unset. */
  set patienceMs(value: number) {
    this.#patienceMs = value;
    this.#limitMs = shortest(value, this.#options.info.maxLatencyMs);
    this.look();
  }
  /** A group is about to be sent. */
  began(sender: GroupSender): void {
    const { clock, senders } = this.#options;
    const overtaken = this.#latest && sender.group.sequence < this.#latest.group.sequence;
    if (overtaken) sender.overtakenMs = clock.now();
    else {
      this.#latest = sender;
      for (const other of senders.values()) if (other !== sender) other.overtakenMs ??= clock.now();
    }
    this.look();
  }
  /** Gives up what is past its limit and sees to it that this is looked at again in time. */
  look(): void {
    const { clock, senders } = this.#options;
    const limitMs = this.#limitMs;
    const now = clock.now();
    let dueMs = Number.POSITIVE_INFINITY;
    for (const sender of senders.values()) {
      if (sender.overtakenMs === undefined) continue;
      if (this.#old(sender) || now - sender.overtakenMs >= limitMs) sender.give(WireCode.old, GroupDropReason.expired);
      else dueMs = Math.min(dueMs, sender.overtakenMs + limitMs);
    }
    this.#arm(dueMs);
  }
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
  #old(sender: GroupSender): boolean {
    if (this.#patienceMs === 0 || !this.#latest) return false;
    return ageMs(sender, this.#latest, this.#options.info.timescale) > this.#patienceMs;
  }
  #arm(dueMs: number): void {
    if (dueMs === Number.POSITIVE_INFINITY || (this.#timer && this.#timer.dueMs <= dueMs)) return;
    this.stop();
    const { clock } = this.#options;
    const cancel = clock.after(Math.min(dueMs - clock.now(), longestMs), () => this.#due(), { background: true });
    this.#timer = { dueMs, cancel };
  }
  #due(): void {
    this.#timer = undefined;
    this.look();
  }
}

/** A timer cannot be set for much more than 24 days. */
const longestMs = 60_000;
/** Milliseconds; 0 is no limit. */
function shortest(...limitsMs: readonly number[]): number {
  return Math.min(...limitsMs.map((ms) => (ms > 0 ? ms : Number.POSITIVE_INFINITY)));
}
