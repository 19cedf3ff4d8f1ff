import { connect, createServer, type Server, type Socket } from "node:net";
import type { MemoryRecorder } from "@moqscope/telemetry/testing";
import type { ClusterOptions } from "../cluster/cluster.ts";
import type { NodeReport } from "../cluster/report.ts";
import type { RelayOptions } from "../options.ts";
import type { Relay } from "../relay.ts";
import { startRelay, until } from "./harness.ts";

/** A relay of a cluster, by its name. */
export interface Node {
  readonly name: string;
  readonly relay: Relay;
  readonly recorder: MemoryRecorder;
  /** The port that it listens on, for a successor. */
  readonly port: number;
}

/** Starts a relay by name, on a free port unless told otherwise; over WebSocket alone unless the options say otherwise. */
export async function startNode(name: string, cluster: ClusterOptions = {}, options: RelayOptions = {}): Promise<Node> {
  const { relay, recorder } = await startRelay({ node: name, webTransport: "off", tcpInfo: false, cluster, ...options });
  return { name, relay, recorder, port: Number(new URL(relay.url).port) };
}

/** Waits until a relay has a link with that one. */
export async function linked(node: Node, ...names: readonly string[]): Promise<void> {
  await until(() => names.every((name) => node.recorder.value("moq.relay.link_up", { "peer.node": name }) === 1));
}
export function nodesOf({ relay }: Node): readonly NodeReport[] {
  return relay.cluster.reports();
}
/** Payload bytes that a relay sent to another one, and received from it. */
export function linkBytes({ recorder }: Node, name: string): { sent: number | undefined; received: number | undefined } {
  const of = (direction: string): number | undefined => recorder.value("moq.relay.link_io", { "peer.node": name, direction });
  return { sent: of("sent"), received: of("received") };
}

/** A TCP line to a port that can be cut, held back and mended. */
export class Line implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #state: { cut: boolean; target: number };
  static async to(target: number): Promise<Line> {
    const state = { cut: false, target };
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(state.target, "127.0.0.1");
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on("error", () => {}); // Its close follows.
        socket.once("close", () => {
          sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      if (state.cut) return void near.destroy();
      near.pipe(far);
      far.pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new Line(address.port, server, { sockets, state });
  }
  private constructor(port: number, server: Server, parts: { sockets: Set<Socket>; state: { cut: boolean; target: number } }) {
    this.port = port;
    this.#server = server;
    this.#sockets = parts.sockets;
    this.#state = parts.state;
  }
  /** Ends every connection over it, and takes no other. */
  cut(): void {
    this.#state.cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }
  /** Swallows everything without a word. */
  silence(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }
  /** Leads to another port from now on. */
  aim(target: number): void {
    this.#state.target = target;
  }
  mend(): void {
    this.#state.cut = false;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
