import { WireCode } from "../wire/code.ts";
import type { GroupSender } from "./group-sender.ts";
import type { Limits } from "./limits.ts";
import { GroupDropReason } from "./meter.ts";

/** Keeps what is queued for one peer within bounds, over all its subscriptions: bytes, and groups that have no stream yet. */
export class SendBudget {
  readonly #limits: Limits;
  /** Every group on its way, and whether it is the latest of its subscription. */
  readonly #senders = new Map<GroupSender, () => boolean>();
  readonly #waiting = new Set<GroupSender>();
  /** Never less than what is queued: the last exact sum and what came since. Only above the limit it is worth summing up. */
  #atMost = 0;
  constructor(limits: Limits) {
    this.#limits = limits;
  }
  /** A group that is about to be sent; it waits until `opened`. */
  add(sender: GroupSender, isLatest: () => boolean): void {
    this.#senders.set(sender, isLatest);
    this.#waiting.add(sender);
    this.#boundWaiting();
    this.#enforce();
  }
  opened(sender: GroupSender): void {
    this.#waiting.delete(sender);
  }
  delete(sender: GroupSender): void {
    this.#senders.delete(sender);
    this.#waiting.delete(sender);
  }
  /** So many bytes more wait: gives groups up until the budget holds. */
  queued(bytes: number): void {
    this.#atMost += bytes;
    if (this.#atMost > this.#limits.sessionBufferedBytes) this.#enforce();
  }
  /**
   * Gives up older groups first, then a latest one that is over the budget alone, at twice of it any. What waits for a stream
   * grows without telling: that is seen when the next group comes.
   */
  #enforce(): void {
    const limit = this.#limits.sessionBufferedBytes;
    let buffered = 0;
    for (const sender of this.#senders.keys()) buffered += sender.bufferedBytes;
    if (buffered > limit) buffered = this.#giveUp(buffered, limit, (_, latest) => !latest);
    if (buffered > limit) buffered = this.#giveUp(buffered, limit, (sender) => sender.bufferedBytes > limit);
    if (buffered > 2 * limit) buffered = this.#giveUp(buffered, 2 * limit, () => true);
    this.#atMost = buffered;
  }
  #giveUp(buffered: number, limit: number, may: (sender: GroupSender, latest: boolean) => boolean): number {
    const candidates = [...this.#senders].filter(([sender, isLatest]) => sender.bufferedBytes > 0 && may(sender, isLatest()));
    candidates.sort(([a], [b]) => a.priority - b.priority || a.group.sequence - b.group.sequence);
    let left = buffered;
    for (const [sender] of candidates) {
      if (left <= limit) break;
      left -= sender.bufferedBytes;
      sender.give(WireCode.old, GroupDropReason.backpressure);
    }
    return left;
  }
  #boundWaiting(): void {
    const { waitingGroups } = this.#limits;
    for (const mayBeLatest of [false, true])
      for (const sender of this.#waiting) {
        if (this.#waiting.size <= waitingGroups) return;
        if (mayBeLatest || !this.#senders.get(sender)?.()) sender.give(WireCode.old, GroupDropReason.noCredit);
      }
  }
}
