import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { defaultWish, LiteError, readGroups, toPath } from "@moqscope/lite";
import { type Dialled, dialWebSocket } from "./dial.ts";
import type { RelayProcess } from "./relay-process.ts";
import { root } from "./tokens.ts";
import { broadcast, Dice, pause, type Town, trackName } from "./town.ts";

const host = "127.0.0.1";

/** Whoever means no good: garbage on every layer, heads that never end, tokens that are over or for elsewhere, requests for what is not there. */
export class Intruder {
  readonly #town: Town;
  readonly #dice: Dice;
  constructor(town: Town, index: number) {
    this.#town = town;
    this.#dice = new Dice(town.seed, `intruder ${index}`);
  }
  async run(signal: AbortSignal): Promise<void> {
    const ways: readonly ((relay: RelayProcess) => Promise<void>)[] = [
      (relay) => this.#noise(relay, signal),
      (relay) => this.#halfHead(relay, signal),
      (relay) => this.#datagrams(relay),
      (relay) => this.#inSession(relay, signal),
      (relay) => this.#unwelcome(relay),
      (relay) => this.#unknown(relay, signal),
      (relay) => this.#http(relay),
    ];
    while (!signal.aborted) {
      const relay = this.#dice.pick(this.#town.relays);
      try {
        await this.#dice.pick(ways)(relay);
      } catch (error) {
        // Being refused is what an intruder expects; anything else is a fault of the run.
        if (!(error instanceof LiteError) && !(error instanceof Error && "code" in error) && !signal.aborted)
          this.#town.book.fault(`an intruder failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
      await pause(this.#dice.between(50, 400), signal);
    }
  }
  /** Bytes that are no HTTP, or only begin like it. */
  async #noise(relay: RelayProcess, signal: AbortSignal): Promise<void> {
    await this.#tcp(
      relay,
      this.#dice.chance(0.5)
        ? this.#dice.bytes(this.#dice.below(4000))
        : `GET /${root} HTTP/1.1\r\n${"x".repeat(this.#dice.below(40_000))}`,
      200,
      signal,
    );
  }
  /** A head that does not end. */
  async #halfHead(relay: RelayProcess, signal: AbortSignal): Promise<void> {
    await this.#tcp(relay, `GET /${root} HTTP/1.1\r\nHost: x\r\n`, this.#dice.between(500, 4000), signal);
  }
  async #tcp(relay: RelayProcess, bytes: Uint8Array | string, stayMs: number, signal: AbortSignal): Promise<void> {
    const socket = connectTcp(relay.port, host);
    socket.on("error", () => {}); // To be cut is what it is for.
    await once(socket, "connect");
    socket.write(bytes);
    socket.resume();
    await pause(stayMs, signal);
    if (this.#dice.chance(0.5)) socket.resetAndDestroy();
    else socket.destroy();
  }
  async #datagrams(relay: RelayProcess): Promise<void> {
    const socket = createSocket("udp4");
    const sent = Array.from({ length: 20 }, () => {
      const bytes = this.#dice.bytes(1 + this.#dice.below(1400));
      // A long header with fixed bit: as far as a QUIC stack reads on.
      if (this.#dice.chance(0.5)) bytes[0] = 0xc0 | this.#dice.below(64);
      return new Promise((resolve) => socket.send(bytes, relay.port, host, resolve));
    });
    await Promise.all(sent);
    socket.close();
  }
  /** Garbage once the session stands, from a peer with rights. */
  async #inSession(relay: RelayProcess, signal: AbortSignal): Promise<void> {
    const dialled = await this.#dial(relay);
    for (let left = 1 + this.#dice.below(20); left > 0; left--)
      dialled.send?.(this.#dice.bytes(this.#dice.below(this.#dice.chance(0.1) ? 70_000 : 300)));
    await pause(this.#dice.between(0, 500), signal);
    dialled.cut();
    await dialled.session.closed;
  }
  /** A token that is over, or for somewhere else, lets nobody in. */
  async #unwelcome(relay: RelayProcess): Promise<void> {
    const query = await (this.#dice.chance(0.5) ? this.#town.tokens.ended() : this.#town.tokens.elsewhere());
    const { session } = await dialWebSocket(relay.url + query, { signal: AbortSignal.timeout(5000) });
    this.#town.book.fault(`${relay.name} let somebody in with a token that does not allow it`);
    session.close();
    await session.closed;
  }
  /** What nobody publishes, asked for, waited for a little, and left. */
  async #unknown(relay: RelayProcess, signal: AbortSignal): Promise<void> {
    const dialled = await this.#dial(relay);
    const { session } = dialled;
    const paths = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? `nowhere${this.#dice.below(1e6)}` : broadcast(this.#dice.below(20)),
    );
    const asked = Promise.allSettled(
      paths.map(async (path) => {
        const track = await session.broadcast(toPath(path)).track(this.#dice.chance(0.5) ? trackName : "no such track");
        for await (const _ of readGroups(track, defaultWish)) break;
      }),
    );
    await pause(this.#dice.between(0, 1000), signal);
    if (this.#dice.chance(0.5)) dialled.cut();
    else session.close();
    await session.closed;
    await asked;
  }
  async #http(relay: RelayProcess): Promise<void> {
    const query = await this.#town.tokens.viewing(this.#dice.share(), 20);
    const path = this.#dice.pick([
      "/announced",
      `/fetch/${root}/${broadcast(this.#dice.below(20))}/${trackName}`,
      "/health",
      "/metrics",
      "/%ff",
      "/certificate.sha256",
    ]);
    const answer = await fetch(`${relay.url.replace(/^ws:/, "http:")}${path}${query.slice(query.indexOf("?"))}`, {
      signal: AbortSignal.timeout(1000 + this.#dice.below(1000)),
    }).catch(() => undefined); // It was given up, or the relay is gone.
    if (path === "/metrics" && answer && answer.status !== 404) this.#town.book.fault(`${relay.name} shows /metrics to the public`);
    await answer?.body?.cancel();
  }
  async #dial(relay: RelayProcess): Promise<Dialled> {
    const query = await this.#town.tokens.viewing(this.#dice.share(), 20);
    return dialWebSocket(relay.url + query, { signal: AbortSignal.timeout(5000) });
  }
}
