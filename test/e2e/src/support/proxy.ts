import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** What a proxy has seen, counted by itself. */
export interface ProxyCounters {
  /** Connections accepted, ever. */
  readonly connections: number;
  /** Connections open now. */
  readonly open: number;
  /** Bytes passed on from the client to the target, and back. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Connections that were reset by `reset`. */
  readonly resets: number;
}
interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}
/** Bytes that may wait in one direction before its source is no longer read. */
const maxWaiting = 1024 * 1024;

/** A TCP proxy on 127.0.0.1 that delays, holds back or cuts what passes through it: the network of a test. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  /** Continue what was held back. */
  readonly #held = new Set<() => void>();
  #delayMs = 0;
  #blackhole = false;
  #refuse = false;
  #connections = 0;
  #bytesUp = 0;
  #bytesDown = 0;
  #resets = 0;
  private constructor(server: Server, port: number, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.port = port;
    server.on("connection", (client) => this.#accept(client, target));
  }
  /** Listens on a free port and passes connections on to `target`. */
  static start(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const server = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        if (address === null || typeof address === "string") reject(new Error("the proxy has no port"));
        else resolve(new TcpProxy(server, address.port, target));
      });
    });
  }
  get counters(): ProxyCounters {
    return {
      connections: this.#connections,
      open: this.#pairs.size,
      bytesUp: this.#bytesUp,
      bytesDown: this.#bytesDown,
      resets: this.#resets,
    };
  }
  /** Each direction takes this much longer from now on. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs;
  }
  /** Nothing passes any more and nobody is told, until `false` lets everything go on where it stopped. */
  blackhole(on = true): void {
    this.#blackhole = on;
    if (on) return;
    const held = [...this.#held];
    this.#held.clear();
    for (const go of held) go();
  }
  /** Cuts every open connection with RST on both sides. New ones are taken as before. */
  reset(): void {
    for (const { client, target } of this.#pairs) {
      this.#resets++;
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
  }
  /** New connections are reset at once, until `false`. */
  refuse(on = true): void {
    this.#refuse = on;
  }
  /** Cuts everything and stops listening. May be called twice. */
  async close(): Promise<void> {
    this.blackhole(false);
    const sockets = [...this.#pairs].flatMap(({ client, target }) => [client, target]);
    const ends = sockets.filter((socket) => !socket.closed).map((socket) => once(socket, "close"));
    for (const socket of sockets) socket.destroy();
    await Promise.all([...ends, new Promise<void>((resolve) => this.#server.close(() => resolve()))]);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
  #accept(client: Socket, { host, port }: { readonly host: string; readonly port: number }): void {
    this.#connections++;
    if (this.#refuse) return void client.resetAndDestroy();
    const target = connect({ host, port, noDelay: true, allowHalfOpen: true });
    const pair = { client, target };
    this.#pairs.add(pair);
    const gone = () => {
      if (client.destroyed && target.destroyed) this.#pairs.delete(pair);
    };
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      // Told by `close`, which follows.
      socket.on("error", () => {});
      socket.on("close", () => {
        gone();
        // A side that breaks breaks the other one too, unless nothing passes.
        this.#pass(() => other.destroy());
      });
    }
    this.#pump(client, target, (bytes) => {
      this.#bytesUp += bytes;
    });
    this.#pump(target, client, (bytes) => {
      this.#bytesDown += bytes;
    });
  }
  #pump(from: Socket, to: Socket, count: (bytes: number) => void): void {
    let waiting = 0;
    const later = this.#inOrder();
    from.on("data", (data: Buffer) => {
      waiting += data.byteLength;
      if (waiting > maxWaiting || this.#blackhole) from.pause();
      later(() => {
        waiting -= data.byteLength;
        if (to.destroyed) return;
        count(data.byteLength);
        to.write(data);
        if (waiting <= maxWaiting && !this.#blackhole) from.resume();
      });
    });
    from.on("end", () => later(() => to.end()));
    if (this.#blackhole) this.#held.add(() => from.resume());
    else from.resume();
  }
  /** Acts after the delay of now, never before what was given earlier. */
  #inOrder(): (act: () => void) => void {
    let lastMs = 0;
    return (act) => {
      const now = performance.now();
      lastMs = Math.max(lastMs, now + this.#delayMs);
      if (lastMs <= now) this.#pass(act);
      else setTimeout(() => this.#pass(act), lastMs - now);
    };
  }
  #pass(act: () => void): void {
    if (this.#blackhole) this.#held.add(act);
    else act();
  }
}
