import type { GatewayOptions } from "@moqscope/gateway";
import { type Assembly, assemble } from "../../../../packages/gateway/src/assemble.ts";
import { exchange, type Reply, type Request } from "./exchange.ts";
import { readText, type Sample } from "./exports.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A gateway behind the balancer: processes of one name, one after another. */
export interface Replica {
  /** Stable name, the label `instance` of what it exports. */
  readonly instance: string;
  /** Id of the running process. */
  readonly process: string | undefined;
  start(): void;
  /** Ends the process as kill -9 does: nothing is written. */
  crash(): void;
  /** Ends the process as it ends on SIGTERM. */
  stop(): Promise<void>;
  /** Throws where no process runs: the connection is refused. */
  take(request: Request): Promise<Reply>;
  /** What it exports at this moment, by the labels of each series. */
  samples(): Promise<ReadonlyMap<string, Sample>>;
}
export interface ReplicaOptions {
  readonly time: VirtualTime;
  readonly instance: string;
  readonly gateway?: Partial<GatewayOptions>;
  /** A planted fault: what the process gets in place of what was sent. */
  readonly tamper?: (request: Request, process: string) => Request;
}

/** The whole gateway but for its sockets. */
export class WholeReplica implements Replica {
  readonly instance: string;
  readonly #options: ReplicaOptions;
  #process: Assembly | undefined;

  constructor(options: ReplicaOptions) {
    this.instance = options.instance;
    this.#options = options;
    this.start();
  }

  get process(): string | undefined {
    return this.#process?.id;
  }

  start(): void {
    const { time, instance, gateway } = this.#options;
    const options = { clock: time, instanceId: instance, rules: [], alerts: [], ...gateway };
    this.#process = assemble(options, { isIngestLocal: true, isConsoleLocal: true, consoleUrl: () => "" });
  }

  crash(): void {
    this.#process?.stop();
    this.#process = undefined;
  }

  async stop(): Promise<void> {
    const process = this.#process;
    this.crash();
    await process?.save();
  }

  async take(request: Request): Promise<Reply> {
    if (this.#process === undefined) throw new TypeError("connection refused");
    const { id, ingest } = this.#process;
    return await exchange(ingest, this.#options.tamper?.(request, id) ?? request);
  }

  /** Read from `/metrics`. */
  async samples(): Promise<ReadonlyMap<string, Sample>> {
    if (this.#process === undefined) throw new TypeError("connection refused");
    const headers = { host: "localhost" };
    const { status, text } = await exchange(this.#process.console, { method: "GET", path: "/metrics", headers, body: new Uint8Array() });
    if (status !== 200) throw new Error(`/metrics says ${status}: ${text}`);
    return readText(text);
  }
}
