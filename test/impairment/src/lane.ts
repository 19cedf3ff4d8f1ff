import type { Clock } from "./clock.ts";
import type { Direction } from "./flow.ts";
import { Link, type LinkKind, type Parcel } from "./link.ts";

/** Both directions of one protocol, driven by a clock. */
export class Lane {
  readonly links: Readonly<Record<Direction, Link>>;
  readonly #clocks: Readonly<Record<Direction, Clock>>;
  constructor(kind: LinkKind, options: { readonly seed: number; readonly name: string; readonly clock: () => Clock }) {
    const { seed, name, clock } = options;
    this.links = { up: new Link(kind, { seed, name: `${name} up` }), down: new Link(kind, { seed, name: `${name} down` }) };
    this.#clocks = { up: clock(), down: clock() };
  }
  now(): number {
    return this.#clocks.up.now();
  }
  offer(direction: Direction, parcel: Parcel): void {
    this.links[direction].offer(parcel, this.now());
    this.run(direction);
  }
  /** Sends on what is due and asks to be woken for the rest. */
  run(direction: Direction): void {
    const next = this.links[direction].advance(this.now());
    this.#clocks[direction].wakeAt(next, () => this.run(direction));
  }
  stop(): void {
    for (const clock of Object.values(this.#clocks)) clock.wakeAt(undefined, () => {});
  }
}
