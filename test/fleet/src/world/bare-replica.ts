import { deserialize, serialize } from "node:v8";
import { gunzipSync } from "node:zlib";
import type { FleetLimits } from "@moqscope/gateway";
import { reportHeaders } from "@moqscope/telemetry";
import type { FleetSnapshot } from "../../../../packages/gateway/src/fleet/snapshot.ts";
import { FleetProcess } from "../../../../packages/gateway/src/testing/fleet.ts";
import type { Reply, Request } from "./exchange.ts";
import { type Sample, viewersKey } from "./exports.ts";
import { allPoints } from "./points.ts";
import type { Replica } from "./replica.ts";
import type { VirtualTime } from "./virtual-time.ts";

let processes = 0;
/** What viewers tell; the gateway derives more from it. */
const names: ReadonlySet<string> = new Set(allPoints.map(({ name }) => name));

/** The merging part of a gateway alone: what keeps the numbers right, a hundred times cheaper than a whole one. */
export class BareReplica implements Replica {
  readonly instance: string;
  readonly #time: VirtualTime;
  readonly #limits: Partial<FleetLimits>;
  #process: FleetProcess | undefined;
  #kept: Buffer | undefined;

  constructor(instance: string, time: VirtualTime, limits: Partial<FleetLimits>) {
    this.instance = instance;
    this.#time = time;
    this.#limits = limits;
    this.start();
    time.every(10_000, () => this.#process?.expire(time.now()));
  }

  get process(): string | undefined {
    return this.#process?.id;
  }

  start(): void {
    const snapshot = this.#kept === undefined ? undefined : (deserialize(this.#kept) as FleetSnapshot);
    this.#kept = undefined;
    this.#process = new FleetProcess(snapshot?.gatewayId ?? `process-${processes++}`, this.#limits);
    if (snapshot !== undefined && !this.#process.fleet.restore(snapshot, this.#time.now())) throw new Error("the snapshot was not taken");
  }

  crash(): void {
    this.#process = undefined;
  }

  stop(): Promise<void> {
    this.#kept = this.#process === undefined ? undefined : serialize(this.#process.fleet.snapshot(this.#time.now()));
    this.crash();
    return Promise.resolve();
  }

  take({ path, headers, body }: Request): Promise<Reply> {
    if (this.#process === undefined) return Promise.reject(new TypeError("connection refused"));
    const { id } = this.#process;
    // without the header it must not be this process'
    const gateway = headers[reportHeaders.gateway] ?? "nobody";
    const isReport = path === "/v1/metrics";
    const format = headers["content-type"] === "application/x-protobuf" ? ("otlp_proto" as const) : ("otlp_json" as const);
    const plain = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    const isResync = isReport && this.#process.takeBytes(plain, this.#time.now(), { gateway, format }).isResync;
    const said: Readonly<Record<string, string>> = { [reportHeaders.gateway]: id, ...(isResync ? { [reportHeaders.resync]: "1" } : {}) };
    return Promise.resolve({ status: 200, header: (name) => said[name], text: "{}" });
  }

  samples(): Promise<ReadonlyMap<string, Sample>> {
    const all = new Map<string, Sample>();
    for (const { shape, row } of this.#process?.fleet.series.cells() ?? [])
      if (names.has(shape.name))
        all.set(`${shape.name} ${JSON.stringify(shape.attributes)}`, { key: viewersKey(shape.name, shape.attributes), row: [...row] });
    return Promise.resolve(all);
  }
}
