import { WireCode } from "../wire/code.ts";
import type { GroupSender } from "./group-sender.ts";
import type { Limits } from "./limits.ts";
import { GroupDropReason } from "./meter.ts";

/** Keeps what is queued for one peer within bounds, over all its subscriptions. */
export class SendBudget {
  readonly #limits: Limits;
  /** Every group on its way, and whether it is the latest of its subscription. */
  readonly #senders = new Map<GroupSender, () => boolean>();
  constructor(limits: Limits) {
    this.#limits = limits;
  }
  add(sender: GroupSender, isLatest: () => boolean): void {
    this.#senders.set(sender, isLatest);
  }
  delete(sender: GroupSender): void {
    this.#senders.delete(sender);
  }
  /** Gives groups up until the budget holds: older ones first, then a latest one that is over it alone, at twice of it any. */
  enforce(): void {
    const limit = this.#limits.sessionBufferedBytes;
    let buffered = 0;
    for (const sender of this.#senders.keys()) buffered += sender.bufferedBytes;
    if (buffered <= limit) return;
    buffered = this.#giveUp(buffered, limit, (_, latest) => !latest);
    if (buffered > limit) buffered = this.#giveUp(buffered, limit, (sender) => sender.bufferedBytes > limit);
    if (buffered > 2 * limit) this.#giveUp(buffered, 2 * limit, () => true);
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
}
