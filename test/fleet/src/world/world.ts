import { join } from "node:path";
import { seeded } from "@moqscope/impairment";
import type { Account } from "./account.ts";
import { Books } from "./books.ts";
import { Exports } from "./exports.ts";
import type { Encoding, Faults, Route } from "./network.ts";
import { profiles } from "./points.ts";
import { type Replica, type ReplicaOptions, WholeReplica } from "./replica.ts";
import { Viewer, type ViewerPlan } from "./viewer.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly sessions: number;
  /** Time over which sessions begin, and mean length of one. */
  readonly spanMs: number;
  readonly meanWatchMs: number;
  readonly intervalMs: number;
  readonly exportEveryMs: number;
  readonly faults: Faults;
  /** Folder in which each replica keeps what it goes on with after a stop. */
  readonly storeDir?: string;
  readonly tamper?: ReplicaOptions["tamper"];
  /** In place of whole gateways. */
  readonly replica?: (instance: string, time: VirtualTime) => Replica;
  /** What befalls the gateways, by the share of the span that is over. */
  readonly events?: readonly { readonly at: number; readonly act: (world: World) => unknown }[];
  /** Told of every export, after it. */
  readonly onExport?: (world: World) => void;
}

const startMs = 1_800_000_000_000;
/** After the last session: late repeats arrive, and silent sessions expire. */
const settleMs = 200_000;
const userAgents = [
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
];

/** A fleet of viewers, the network between, and two gateways behind a balancer that hashes the session id. */
export class World {
  readonly time = new VirtualTime(startMs, 10_000);
  readonly books = new Books();
  readonly exports = new Exports();
  readonly replicas: readonly Replica[];
  /** Share of the sessions that the balancer sends to the next replica than the one of their hash. */
  reroutedShare = 0;
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    this.#options = options;
    const { intervalMs: reportIntervalMs, storeDir, tamper, replica } = options;
    this.replicas = ["gateway-a", "gateway-b"].map(
      (instance) =>
        replica?.(instance, this.time) ??
        new WholeReplica({
          time: this.time,
          instance,
          gateway: { reportIntervalMs, ...(storeDir === undefined ? {} : { storeDir: join(storeDir, instance) }) },
          ...(tamper === undefined ? {} : { tamper }),
        }),
    );
  }

  /** Lets everything happen, until the last session is long over and exported. */
  async run(): Promise<this> {
    const { sessions, spanMs, events = [], exportEveryMs } = this.#options;
    for (let index = 0; index < sessions; index++) this.#admit(index);
    for (const { at, act } of events) this.time.at(startMs + at * spanMs, () => act(this));
    const endMs = startMs + spanMs + settleMs;
    for (let atMs = startMs; atMs <= endMs; atMs += exportEveryMs) {
      this.time.at(atMs, () => this.exportAll());
    }
    await this.time.runUntil(endMs + 1);
    for (const replica of this.replicas) replica.crash();
    return this;
  }

  /** Ends a replica's process in an instant, and starts the next one after `downMs`. */
  crash(index: number, downMs: number): void {
    const replica = this.#replica(index);
    if (replica.process !== undefined) this.books.crashes(replica.process);
    replica.crash();
    this.#startLater(replica, downMs);
  }

  /** Ends a replica's process as SIGTERM does, after its last export, and starts the next one after `downMs`. */
  async stop(index: number, downMs: number): Promise<void> {
    const replica = this.#replica(index);
    await this.exportOf(replica);
    await replica.stop();
    this.#startLater(replica, downMs);
  }

  #startLater(replica: Replica, downMs: number): void {
    this.time.at(this.time.now() + downMs, async () => {
      replica.start();
      // its first export says that it begins anew, or that it does not
      await this.exportOf(replica);
    });
  }

  /** One export of every replica that runs. */
  async exportAll(): Promise<void> {
    for (const replica of this.replicas) await this.exportOf(replica);
    this.#options.onExport?.(this);
  }

  async exportOf(replica: Replica): Promise<void> {
    if (replica.process === undefined) return;
    this.exports.take(replica.instance, await replica.samples());
    this.books.exports(replica.process);
  }

  #admit(index: number): void {
    const { seed, spanMs, meanWatchMs, intervalMs } = this.#options;
    const random = seeded(seed, `session ${index}`);
    const begin = startMs + 1_000 + random() * spanMs;
    const watchMs = Math.min(-Math.log(1 - random()) * meanWatchMs + 500, startMs + spanMs - begin + 60_000);
    const end = random();
    const plan: ViewerPlan = {
      sessionId: `session-${String(index).padStart(6, "0")}-${Math.floor(random() * 1e9)}`,
      startMs: begin,
      watchMs,
      skewMs: random() < 0.01 ? (random() * 2 - 1) * 600_000 : (random() * 2 - 1) * 500,
      profile: Math.floor(random() * profiles.length),
      end: end < 0.05 ? "vanishes" : end < 0.08 ? "restarts" : end < 0.3 ? "page goes" : "closes",
      hiddenMs: random() < 0.1 ? begin + random() * watchMs : undefined,
    };
    const home = Math.floor(random() * this.replicas.length);
    const place = random();
    const encodingToss = random();
    const encoding: Encoding = encodingToss < 0.03 ? "protobuf" : encodingToss < 0.1 ? "gzip" : "json";
    const userAgent = userAgents[index % userAgents.length] ?? "";
    const route = (_: ViewerPlan, account: Account): Route => ({
      time: this.time,
      random,
      faults: () => this.#options.faults,
      replica: () => this.#replicaOf(home, place),
      encoding,
      userAgent,
      account,
    });
    new Viewer({ time: this.time, books: this.books, intervalMs, random, route }, plan);
  }

  #replicaOf(home: number, place: number): Replica {
    return this.#replica((home + (place < this.reroutedShare ? 1 : 0)) % this.replicas.length);
  }

  #replica(index: number): Replica {
    const replica = this.replicas[index];
    if (replica === undefined) throw new RangeError(`there is no replica ${index}`);
    return replica;
  }
}
