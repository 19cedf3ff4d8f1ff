import { type Broadcast, Group, LocalBroadcast, Track } from "@moqscope/lite";

/** A copy of a broadcast whose delivery can be held back and let go at once, like a network. */
export class HeldBroadcast {
  readonly broadcast = new LocalBroadcast();
  #held: (() => void)[] | undefined;
  static async of(source: Broadcast, names: readonly string[]): Promise<HeldBroadcast> {
    const copy = new HeldBroadcast();
    for (const name of names) copy.#follow(await source.track(name));
    return copy;
  }
  hold(): void {
    this.#held ??= [];
  }
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const deliver of held) deliver();
  }
  #follow(track: Track): void {
    const copy = new Track({ name: track.name, info: track.info });
    this.broadcast.add(copy);
    track.attach({
      group: (group) => this.#copy(group, copy),
      dropped: (drop) => this.#deliver(() => copy.drop(drop)),
      ended: (end) => this.#deliver(() => copy.finish(end)),
      aborted: (error) => this.#deliver(() => copy.abort(error)),
    });
  }
  #copy(group: Group, track: Track): void {
    let copy = new Group(group.sequence);
    this.#deliver(() => {
      copy = track.createGroup(group.sequence);
    });
    group.attach({
      frame: (frame) => this.#deliver(() => copy.append(frame)),
      finished: () => this.#deliver(() => copy.finish()),
      aborted: (error) => this.#deliver(() => copy.abort(error)),
    });
  }
  #deliver(what: () => void): void {
    if (this.#held) this.#held.push(what);
    else what();
  }
}
