import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Direction, Flow, Flows } from "./flow.ts";
import type { Lane } from "./lane.ts";
import type { Endpoint } from "./udp.ts";

interface Pair {
  readonly flow: Flow;
  readonly client: Socket;
  readonly target: Socket;
  readonly resume: Record<Direction, () => void>;
}
/** A rate is kept by pieces that take about this long each. */
const pieceMs = 2;
const leastPieceBytes = 1460;

/** Forwards connections: it ends TCP on both sides, so it can slow, hold and cut them, but never lose a segment. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #target: Endpoint;
  readonly #lane: Lane;
  readonly #flows: Flows;
  readonly #pairs = new Set<Pair>();
  #refuse = false;
  #refused = 0;
  #resets = 0;
  #closed = false;
  private constructor(server: Server, port: number, options: { readonly target: Endpoint; readonly lane: Lane; readonly flows: Flows }) {
    this.#server = server;
    this.port = port;
    this.#target = options.target;
    this.#lane = options.lane;
    this.#flows = options.flows;
    server.on("connection", (client) => this.#accept(client));
  }
  static async listen(at: Endpoint, options: { readonly target: Endpoint; readonly lane: Lane; readonly flows: Flows }): Promise<TcpProxy> {
    const server = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true });
    server.listen(at.port, at.host);
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy has no port");
    return new TcpProxy(server, address.port, options);
  }
  get refused(): number {
    return this.#refused;
  }
  get resets(): number {
    return this.#resets;
  }
  /** Cuts every open connection with RST on both sides. New ones are taken as before. */
  reset(): number {
    const pairs = [...this.#pairs];
    for (const { client, target } of pairs) {
      this.#resets++;
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
    return pairs.length;
  }
  /** New connections are reset at once, until `false`. */
  refuse(on: boolean): void {
    this.#refuse = on;
  }
  /** A hole in this direction has closed: what was held back at its source goes on. */
  resume(direction: Direction): void {
    for (const pair of this.#pairs) pair.resume[direction]();
  }
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const sockets = [...this.#pairs].flatMap(({ client, target }) => [client, target]);
    const ends = sockets.filter((socket) => !socket.closed).map((socket) => once(socket, "close"));
    for (const socket of sockets) socket.destroy();
    await Promise.all([...ends, new Promise<void>((resolve) => this.#server.close(() => resolve()))]);
    for (const { flow } of this.#pairs) this.#flows.end(flow);
  }
  #accept(client: Socket): void {
    // Told by `close`, which follows.
    client.on("error", () => {});
    if (this.#refuse) {
      this.#refused++;
      return void client.resetAndDestroy();
    }
    const target = connect({ ...this.#target, noDelay: true, allowHalfOpen: true });
    target.on("error", () => {});
    const flow = this.#flows.begin("tcp", `${client.remoteAddress}:${client.remotePort}`);
    const resume = {
      up: this.#pump("up", { from: client, to: target }, flow),
      down: this.#pump("down", { from: target, to: client }, flow),
    };
    const pair: Pair = { flow, client, target, resume };
    this.#pairs.add(pair);
    client.on("close", () => this.#gone(pair, "up", target));
    target.on("close", () => this.#gone(pair, "down", client));
    resume.up();
    resume.down();
  }
  /** A side that breaks breaks the other one too, behind what it sent before; while nothing passes, not even this. */
  #gone(pair: Pair, direction: Direction, other: Socket): void {
    if (pair.client.destroyed && pair.target.destroyed) {
      this.#pairs.delete(pair);
      this.#flows.end(pair.flow);
    }
    if (this.#closed) return;
    const deliver = (): boolean => {
      other.destroy();
      return true;
    };
    this.#lane.offer(direction, { bytes: 0, deliver, flow: pair.flow[direction] });
  }
  #pump(direction: Direction, { from, to }: { readonly from: Socket; readonly to: Socket }, flow: Flow): () => void {
    const link = this.#lane.links[direction];
    const tally = flow[direction];
    const full = (): boolean => link.settings.blackhole || tally.waitingBytes + to.writableLength > link.settings.queueBytes;
    const resume = (): void => {
      if (!full()) from.resume();
    };
    to.on("drain", resume);
    from.on("data", (data: Buffer) => {
      for (const piece of pieces(data, link.settings.rateBps)) {
        const deliver = (): boolean => {
          if (to.destroyed) return false;
          to.write(piece);
          // After the tally has been written.
          queueMicrotask(resume);
          return true;
        };
        this.#lane.offer(direction, { bytes: piece.byteLength, deliver, flow: tally });
      }
      if (full()) from.pause();
    });
    const end = (): boolean => {
      to.end();
      return true;
    };
    from.on("end", () => this.#lane.offer(direction, { bytes: 0, deliver: end, flow: tally }));
    return resume;
  }
}

/** Small enough that they keep the rate, whole where there is none. */
function pieces(data: Buffer, rateBps: number): readonly Buffer[] {
  if (rateBps === 0) return [data];
  const size = Math.max(leastPieceBytes, Math.round((rateBps / 8000) * pieceMs));
  const parts: Buffer[] = [];
  for (let at = 0; at < data.byteLength; at += size) parts.push(data.subarray(at, at + size));
  return parts;
}
