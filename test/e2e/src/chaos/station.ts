import { type Group, LocalBroadcast, Origin, Track, toPath } from "@moqscope/lite";
import { type Dialled, dialWebSocket } from "./dial.ts";
import type { RelayProcess } from "./relay-process.ts";
import { broadcast, Dice, pause, type Town, trackName } from "./town.ts";

const frameMs = 100;
const framesPerGroup = 10;
const frameBytes = 400;
const textEncoder = new TextEncoder();

/** A publisher: one path, written all the time, announced at one relay after another. */
export class Station {
  readonly path: string;
  readonly #town: Town;
  readonly #dice: Dice;
  /** Leaves now and then, in whatever way. */
  readonly #fickle: boolean;
  readonly #origin = new Origin();
  #since: number | undefined;
  constructor(town: Town, index: number) {
    this.path = broadcast(index);
    this.#town = town;
    this.#dice = new Dice(town.seed, `station ${index}`);
    this.#fickle = index % 2 === 1;
  }
  /** Since when its path can be watched, at any relay, without a break. */
  get liveSince(): number | undefined {
    return this.#since;
  }
  async run(signal: AbortSignal): Promise<void> {
    const track = new Track({ name: trackName });
    const local = new LocalBroadcast();
    local.add(track);
    this.#origin.publish(toPath(this.path), local);
    const writing = this.#write(track, signal);
    await this.#stay(signal);
    await writing;
  }
  #up(): readonly RelayProcess[] {
    const up = this.#town.relays.filter((relay) => relay.isUp);
    return up.length > 0 ? up : this.#town.relays;
  }
  async #write(track: Track, signal: AbortSignal): Promise<void> {
    const payload = new Uint8Array(frameBytes);
    payload.set(textEncoder.encode(this.path));
    let group: Group | undefined;
    let timestamp = 0;
    while (await pause(frameMs, signal)) {
      group ??= track.createGroup();
      group.append({ timestamp: (timestamp += frameMs), payload });
      if (group.frames.length < framesPerGroup) continue;
      group.finish();
      group = undefined;
    }
    track.finish();
  }
  /** Holds a session to one of the relays, and makes it again, at any of them, when it is lost. */
  async #stay(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const lifeMs = this.#fickle ? this.#dice.between(5_000, 30_000) : Number.MAX_SAFE_INTEGER;
      const dialled = await this.#dial(this.#dice.pick(this.#up()));
      if (dialled) await this.#hold(dialled, lifeMs, signal);
      else await pause(this.#dice.between(50, 200), signal);
    }
  }
  async #dial(relay: RelayProcess): Promise<Dialled | undefined> {
    try {
      return await dialWebSocket(relay.url + (await this.#town.tokens.publishing()), { publish: this.#origin });
    } catch {
      // The relay is down, or goes down; it is tried again.
      return undefined;
    }
  }
  async #hold(dialled: Dialled, lifeMs: number, signal: AbortSignal): Promise<void> {
    const { session } = dialled;
    this.#since = performance.now();
    const over = new AbortController();
    void session.closed.then(() => {
      this.#since = undefined;
      over.abort();
    }); // Never rejects.
    const both = AbortSignal.any([signal, over.signal]);
    await pause(Math.min(lifeMs, 2 ** 31 - 1), both);
    // Whoever watches need not see what ends from here on.
    this.#since = undefined;
    if (!over.signal.aborted && this.#dice.chance(0.5)) dialled.cut();
    else session.close();
    await session.closed;
    if (lifeMs < Number.MAX_SAFE_INTEGER) await pause(this.#dice.between(500, 3000), signal);
  }
}
