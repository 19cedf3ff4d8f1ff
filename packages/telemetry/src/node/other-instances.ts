import { resourceFromAttributes } from "@opentelemetry/resources";
import type { MeterProvider } from "@opentelemetry/sdk-metrics";
import { guarded } from "../recorder/guarded.ts";
import { MetricStore } from "../recorder/metric-store.ts";
import type { InstanceSnapshots } from "../recorder/prometheus-text.ts";
import { silentRecorder } from "../recorder/silent.ts";
import { metrics } from "../registry/metrics.ts";
import { type Exporting, exportMetrics } from "./exporters.ts";
import type { OtherInstance } from "./options.ts";

type Attributes = Readonly<Record<string, string>>;

/** Labels that Prometheus makes of a resource (metrics.md §1). */
export function labelsOf({ "service.name": job = "", "service.instance.id": instance, "cloud.region": region }: Attributes): Attributes {
  return { job, ...(instance === undefined ? {} : { instance }), ...(region === undefined ? {} : { cloud_region: region }) };
}

interface Kept {
  readonly store: MetricStore;
  readonly instance: OtherInstance;
  readonly provider: MeterProvider | undefined;
  isShown: boolean;
}

/** Processes whose metrics this one tells: each has a store of its own, and a resource with its name. */
export class OtherInstances {
  readonly #exporting: Exporting;
  readonly #serviceName: string;
  readonly #onError: (error: unknown) => void;
  readonly #kept = new Map<string, Kept>();
  constructor(options: { readonly exporting: Exporting; readonly attributes: Attributes; readonly onError: (error: unknown) => void }) {
    this.#exporting = options.exporting;
    this.#serviceName = options.attributes["service.name"] ?? "";
    this.#onError = options.onError;
  }
  get(instanceId: string): OtherInstance {
    const known = this.#kept.get(instanceId);
    if (known) return known.instance;
    const store = new MetricStore(metrics, { onError: this.#onError });
    // Where it runs, and its release, are its own: not known here.
    const resource = resourceFromAttributes({ "service.name": this.#serviceName, "service.instance.id": instanceId });
    const provider = exportMetrics({ collect: () => (kept.isShown ? store.collect() : []) }, resource, this.#exporting);
    const recorder = guarded(
      {
        ...silentRecorder,
        counter: (name, attributes) => store.counter(name, attributes),
        upDownCounter: (name, attributes) => store.upDownCounter(name, attributes),
        histogram: (name, attributes) => store.histogram(name, attributes),
        gauge: (name, attributes) => store.gauge(name, attributes),
        onCollect: (sample) => store.onCollect(sample),
        retire: (key, value, metric) => store.retire(key, value, metric),
      },
      this.#onError,
    );
    const show = (isShown: boolean): void => {
      kept.isShown = isShown;
    };
    const kept: Kept = { store, provider, instance: { recorder, show }, isShown: false };
    this.#kept.set(instanceId, kept);
    return kept.instance;
  }
  /** Of those that are shown. */
  collect(): InstanceSnapshots[] {
    return [...this.#kept].flatMap(([instance, { store, isShown }]) =>
      isShown ? [{ snapshots: store.collect(), labels: { job: this.#serviceName, instance } }] : [],
    );
  }
  async flush(): Promise<void> {
    await Promise.all(this.#providers.map((provider) => provider.forceFlush()));
  }
  async shutdown(): Promise<void> {
    await Promise.all(this.#providers.map((provider) => provider.shutdown()));
  }
  get #providers(): MeterProvider[] {
    return [...this.#kept.values()].flatMap(({ provider }) => (provider === undefined ? [] : [provider]));
  }
}
