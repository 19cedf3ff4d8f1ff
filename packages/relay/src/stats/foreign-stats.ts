import { type Clock, type Origin, type Path, type Route, toPath } from "@moqscope/lite";
import type { Recorder } from "@moqscope/telemetry";
import { NodeFigures } from "./node-figures.ts";
import { nodeOf, statsTracks } from "./stats-path.ts";
import { readStats } from "./stats-reader.ts";

/** Foreign relays whose figures are told; one more is refused, with a record. */
const mostNodes = 50;
const retryMs = 5_000;

/** Where the figures of one foreign relay are put, under its own name as `instance`. */
export interface NodeRecorder {
  readonly recorder: Recorder;
  /** Whether they leave; what was recorded before stays. */
  show(isShown: boolean): void;
}
export interface ForeignStatsOptions {
  readonly origin: Origin;
  /** Below which the broadcasts of figures are, such as `.stats`. */
  readonly prefix: string;
  readonly nodeRecorder: (node: string) => NodeRecorder;
  readonly broadcastLimit: number;
  readonly clock: Clock;
  /** Of this relay, for records of nodes that come and go. */
  readonly recorder: Recorder;
}

interface Node {
  readonly name: string;
  readonly figures: NodeFigures;
  readonly shown: NodeRecorder;
  /** Paths of its broadcasts that are announced; aborted when they are not any more. */
  readonly sources: Map<Path, AbortController>;
  /** Who published each, last. */
  readonly publishers: Map<Path, bigint | undefined>;
}

/**
 * The `.stats` broadcasts of foreign relays (relay-behaviour §10), wherever they are announced, under our names with their node as
 * `instance`: beside our own figures, never added to them. A node whose broadcasts are gone is not told any more.
 */
export class ForeignStats {
  readonly #options: ForeignStatsOptions;
  readonly #nodes = new Map<string, Node>();
  readonly #detach: () => void;
  constructor(options: ForeignStatsOptions) {
    this.#options = options;
    const reading = options.origin.attach(toPath(options.prefix), {
      active: (route) => this.#active(route),
      ended: (path) => this.#ended(path),
    });
    this.#detach = () => reading.detach();
  }
  /** Ends every reading. May be called twice. */
  close(): void {
    this.#detach();
    for (const { name, figures, sources } of this.#nodes.values()) {
      for (const [path] of sources) this.#ended(path);
      figures.close();
      this.#nodes.delete(name);
    }
  }
  #active({ path, hops, broadcast }: Route): void {
    const node = this.#nodeAt(path);
    if (!node) return;
    const [publisher] = hops;
    const isSame = node.publishers.has(path) && node.publishers.get(path) === publisher;
    // Another way to the same publisher, which its broadcast follows by itself.
    if (isSame && node.sources.has(path)) return;
    node.sources.get(path)?.abort();
    // Its totals go on where the publisher is the same; another process counts from 0.
    if (!isSame) node.figures.restart(path);
    if (node.sources.size === 0) this.#show(node, true);
    const stop = new AbortController();
    node.sources.set(path, stop);
    node.publishers.set(path, publisher);
    for (const track of statsTracks) {
      const follow = async (): Promise<void> => {
        const listener = {
          entries: (entries: Parameters<NodeFigures["tell"]>[2]) => {
            if (!stop.signal.aborted) node.figures.tell(path, track, entries);
          },
          unreadable: (error: unknown) => this.#unreadable(node.name, error),
        };
        await readStats(broadcast, track, listener, stop.signal);
      };
      this.#keep(follow, stop.signal);
    }
  }
  /** Begins again, after a while, what ended while its broadcast is announced. */
  #keep(follow: () => Promise<void>, signal: AbortSignal): void {
    const again = (): void => {
      if (signal.aborted) return;
      const cancel = this.#options.clock.after(retryMs, () => this.#keep(follow, signal), { background: true });
      signal.addEventListener("abort", cancel, { once: true });
    };
    follow().then(again, again);
  }
  #ended(path: Path): void {
    const node = this.#nodeAt(path);
    const source = node?.sources.get(path);
    if (!node || !source) return;
    source.abort();
    node.sources.delete(path);
    node.figures.leave(path);
    if (node.sources.size === 0) this.#show(node, false);
  }
  #nodeAt(path: Path): Node | undefined {
    const { prefix, nodeRecorder, broadcastLimit, clock } = this.#options;
    const name = nodeOf(path.slice(prefix.length + 1));
    if (name === undefined) return undefined;
    const known = this.#nodes.get(name);
    if (known) return known;
    if (this.#nodes.size >= mostNodes && !this.#forgetOne()) {
      this.#tell(name, "refused");
      return undefined;
    }
    const shown = nodeRecorder(name);
    const node: Node = {
      name,
      shown,
      figures: new NodeFigures(shown.recorder, broadcastLimit, () => clock.now()),
      sources: new Map(),
      publishers: new Map(),
    };
    this.#nodes.set(name, node);
    return node;
  }
  /** Makes room where a node has gone. */
  #forgetOne(): boolean {
    for (const [name, { sources, figures }] of this.#nodes) {
      if (sources.size > 0) continue;
      figures.close();
      return this.#nodes.delete(name);
    }
    return false;
  }
  #show(node: Node, isShown: boolean): void {
    node.shown.show(isShown);
    this.#tell(node.name, isShown ? "shown" : "gone");
  }
  #tell(node: string, state: string): void {
    this.#options.recorder.event(state === "refused" ? "warn" : "info", "moq.stats.node", { node, state });
  }
  #unreadable(node: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.recorder.event("warn", "moq.stats.node", { node, state: "unreadable", reason });
  }
}
