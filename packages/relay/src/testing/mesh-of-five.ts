import { toPath } from "@moqscope/lite";
import type { ClusterOptions } from "../cluster/cluster.ts";
import { Line, linkBytes, linked, type Node, startNode } from "./cluster.ts";

export const names = ["r1", "r2", "r3", "r4", "r5"] as const;

/** Five relays, each pair linked over a line of its own that can be cut. */
export class Mesh implements AsyncDisposable {
  readonly nodes: Node[] = [];
  /** Chains that any relay ever served with itself, or a relay twice, in them. */
  readonly loops: string[] = [];
  readonly #lines = new Map<string, Line>();
  readonly #cluster: ClusterOptions;
  private constructor(cluster: ClusterOptions) {
    this.#cluster = cluster;
  }
  static async start(cluster: ClusterOptions = {}): Promise<Mesh> {
    const mesh = new Mesh(cluster);
    for (const [index, name] of names.entries()) {
      const lines = await Promise.all(mesh.nodes.map(async ({ port }) => Line.to(port)));
      lines.forEach((line, to) => void mesh.#lines.set(`${to}-${index}`, line));
      const node = await startNode(name, {
        connect: lines.map(({ port }) => `ws://127.0.0.1:${port}/`),
        random: () => 0,
        ...mesh.#cluster,
      });
      mesh.nodes.push(node);
      const { origin } = node.relay;
      origin.attach(toPath(""), {
        active({ hops }) {
          if (hops.includes(origin.id) || new Set(hops).size < hops.length) mesh.loops.push(`${name}: ${hops.join(" ")}`);
        },
        ended() {},
      });
    }
    await mesh.whole();
    return mesh;
  }
  at(index: number): Node {
    const node = this.nodes[index];
    if (!node) throw new Error(`no relay ${index}`);
    return node;
  }
  url(index: number): string {
    return this.at(index).relay.url;
  }
  line(a: number, b: number): Line {
    const line = this.#lines.get(`${Math.min(a, b)}-${Math.max(a, b)}`);
    if (!line) throw new Error(`no line ${a}-${b}`);
    return line;
  }
  /** Every relay has a link with every other. */
  async whole(): Promise<void> {
    await Promise.all(this.nodes.map((node) => linked(node, ...names.filter((name) => name !== node.name))));
  }
  /** Ends a relay as a power cut would, seen by all others: every line of it is dead at once, without a word. */
  async kill(index: number): Promise<void> {
    for (const other of this.nodes.keys()) if (other !== index) this.line(index, other).cut();
    await this.at(index).relay.close();
  }
  /** Payload bytes that came to each relay over its links, by sender. */
  received(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      this.nodes.map((node) => [
        node.name,
        Object.fromEntries(names.map((name) => [name, linkBytes(node, name).received ?? 0]).filter(([, bytes]) => bytes !== 0)),
      ]),
    );
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(({ relay }) => relay.close()));
    await Promise.all([...this.#lines.values()].map((line) => line[Symbol.asyncDispose]()));
  }
}
