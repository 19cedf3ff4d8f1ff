import type { GroupQueue } from "@moqscope/lite";
import type { Peer } from "./classify.ts";

/** Subscriptions asked in one sample (metrics.md §5.3). */
const sampledAtOnce = 256;

interface Member {
  readonly queue: GroupQueue;
  readonly peer: () => Peer;
  at: number;
}

/** The subscriptions that are served, of which some are asked how many groups they have open. */
export class OpenQueues {
  readonly #members: Member[] = [];
  readonly #random: () => number;
  /** `random` is from 0 to below 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }
  /** The returned function takes it out; it may be called twice. */
  add(queue: GroupQueue, peer: () => Peer): () => void {
    const member: Member = { queue, peer, at: this.#members.length };
    this.#members.push(member);
    return () => {
      if (this.#members[member.at] !== member) return;
      const last = this.#members.pop();
      if (last === undefined || last === member) return;
      this.#put(last, member.at);
    };
  }
  /** Tells of all of them, or of as many as are sampled, each at most once. */
  sample(tell: (peer: Peer, openGroups: number) => void): void {
    const count = Math.min(sampledAtOnce, this.#members.length);
    for (let index = 0; index < count; index++) {
      const member = this.#members.length > count ? this.#draw(index) : this.#members[index];
      if (member) tell(member.peer(), member.queue.openGroups);
    }
  }
  /** Swaps a member drawn from those at `index` and behind to `index`. */
  #draw(index: number): Member | undefined {
    const drawn = this.#members[index + Math.floor(this.#random() * (this.#members.length - index))];
    const before = this.#members[index];
    if (drawn === undefined || before === undefined) return undefined;
    this.#put(before, drawn.at);
    this.#put(drawn, index);
    return drawn;
  }
  #put(member: Member, at: number): void {
    this.#members[at] = member;
    member.at = at;
  }
}
