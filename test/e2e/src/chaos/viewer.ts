import { defaultWish, type Group, readFrames, readGroups, toPath } from "@moqscope/lite";
import type { Watch } from "./book.ts";
import { type Dialled, dialQuic, dialWebSocket } from "./dial.ts";
import type { RelayProcess } from "./relay-process.ts";
import type { Station } from "./station.ts";
import { Dice, pause, type Town, trackName } from "./town.ts";

const textDecoder = new TextDecoder();
/** Tokens of viewers end so soon that many do during a session. */
const tokenSeconds = 20;
/** Who retries at once for ever keeps a relay busy with nothing else. */
const firstRetryMs = 50;
const mostRetryMs = 1000;
const dialMs = 5000;
/** Not everybody comes in the same moment. */
const joinWithinMs = 5000;

/** A viewer: joins, watches, stalls, leaves or is cut, and comes back, until it is told to stop. What it loses by no will of its own it gets again at once. */
export class Viewer {
  readonly #town: Town;
  readonly #stations: readonly Station[];
  readonly #name: string;
  readonly #dice: Dice;
  readonly #byQuic: boolean;
  constructor(town: Town, stations: readonly Station[], index: number) {
    this.#town = town;
    this.#stations = stations;
    this.#byQuic = town.quic && index % 4 === 3;
    this.#name = `viewer ${index}${this.#byQuic ? " (QUIC)" : ""}`;
    this.#dice = new Dice(town.seed, `viewer ${index}`);
  }
  async run(signal: AbortSignal): Promise<void> {
    await pause(this.#dice.between(0, joinWithinMs), signal);
    while (!signal.aborted) {
      await this.#life(signal);
      await pause(this.#dice.between(0, 1500), signal);
    }
  }
  /** One path, on one relay after another. */
  async #life(signal: AbortSignal): Promise<void> {
    const { book } = this.#town;
    const station = this.#dice.pick(this.#stations);
    const own = AbortSignal.any([signal, AbortSignal.timeout(this.#dice.between(4_000, 25_000))]);
    let relay = this.#dice.pick(this.#town.relays);
    let watch: Watch | undefined;
    let retryMs = firstRetryMs;
    try {
      while (!own.aborted) {
        const dialled = await this.#dial(relay, own);
        if (dialled) {
          // Its book begins with the first session, and goes on over the next ones.
          watch ??= book.open({ viewer: this.#name, path: station.path, liveSince: () => station.liveSince });
          watch.story.push(`at ${relay.name}`);
          retryMs = firstRetryMs;
          await this.#watch(dialled, watch, own);
        } else {
          await pause(retryMs, own);
          retryMs = Math.min(2 * retryMs, mostRetryMs);
        }
        if (!own.aborted) relay = this.#other(relay);
      }
    } finally {
      if (watch) book.close(watch);
    }
  }
  /** Whom a balancer that looks after its relays names instead. */
  #other(than: RelayProcess): RelayProcess {
    const others = this.#town.relays.filter((relay) => relay !== than);
    const up = others.filter((relay) => relay.isUp);
    return this.#dice.pick(up.length > 0 ? up : others);
  }
  async #dial(relay: RelayProcess, signal: AbortSignal): Promise<Dialled | undefined> {
    const query = await this.#town.tokens.viewing(this.#dice.share(), tokenSeconds);
    try {
      return await (this.#byQuic ? dialQuic : dialWebSocket)(relay.url + query, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(dialMs)]),
      });
    } catch {
      // Refused, or there is no relay: another one is tried.
      return undefined;
    }
  }
  async #watch(dialled: Dialled, watch: Watch, signal: AbortSignal): Promise<void> {
    const { session } = dialled;
    const over = new AbortController();
    void session.closed.then((closed) => {
      watch.story.push(`closed by ${closed.by} ${closed.code} ${closed.reason}`);
      over.abort();
    }); // Never rejects.
    const both = AbortSignal.any([signal, over.signal]);
    const reading = this.#read(dialled, watch, both);
    if (dialled.hold && this.#dice.chance(0.2) && (await pause(this.#dice.between(500, 5000), both)))
      await this.#stall(dialled, watch, both);
    await pause(2 ** 31 - 1, both);
    if (this.#dice.chance(0.4)) dialled.cut();
    else session.close();
    await Promise.all([session.closed, reading]);
  }
  async #stall(dialled: Dialled, watch: Watch, signal: AbortSignal): Promise<void> {
    watch.story.push("stalls");
    watch.stalled = true;
    dialled.hold?.(true);
    await pause(this.#dice.between(500, 8000), signal);
    dialled.hold?.(false);
    watch.stalled = false;
    watch.story.push("goes on");
  }
  /** Subscribes again as often as the path comes back. */
  async #read({ session }: Dialled, watch: Watch, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const track = await session.broadcast(toPath(watch.path)).track(trackName, { signal });
        for await (const group of readGroups(track, defaultWish, { signal })) void this.#follow(group, watch);
      } catch (error) {
        watch.story.push(String(error).slice(0, 80));
      }
      await pause(100, signal);
    }
  }
  async #follow(group: Group, watch: Watch): Promise<void> {
    try {
      for await (const { payload } of readFrames(group)) {
        if (textDecoder.decode(payload.subarray(0, watch.path.length)) !== watch.path || payload[watch.path.length] !== 0)
          this.#town.book.fault(`${this.#name} was given a frame of another broadcast than ${watch.path}`);
        this.#town.book.frame(watch);
      }
    } catch {
      // A group that was given up: what matters is the gap.
    }
  }
}
