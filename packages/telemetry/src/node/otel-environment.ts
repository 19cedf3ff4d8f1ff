import { type Protocol, protocols, type Signal, signals } from "./otel-variables.ts";

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;
/** A variable that is ignored, as the OpenTelemetry specification demands of one that cannot be read. */
export interface Ignored {
  readonly variable: string;
  /** What is wrong and what would be right, in one sentence. Never a header's value. */
  readonly reason: string;
}
/** One signal as the environment describes it; what it does not say is absent. */
export interface SignalEnvironment {
  /** Whole address, or the base that `/v1/<signal>` is added to. */
  readonly endpoint: { readonly url: string; readonly isBase: boolean; readonly variable: string } | undefined;
  readonly protocol: Protocol | undefined;
  readonly protocolVariable: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  readonly compression: "gzip" | "none" | undefined;
  readonly isOff: boolean;
}
export interface QueueEnvironment {
  readonly intervalMs: number | undefined;
  readonly limit: number | undefined;
  readonly batchSize: number | undefined;
}
export interface SamplerEnvironment {
  readonly parentBased: boolean;
  /** Part of the traces that are kept. */
  readonly ratio: number;
}
/** What OpenTelemetry's variables say (its specification of environment variables, of 2026). */
export interface OtelEnvironment {
  readonly isDisabled: boolean;
  readonly signals: Readonly<Record<Signal, SignalEnvironment>>;
  readonly metricIntervalMs: number | undefined;
  readonly metricTimeoutMs: number | undefined;
  readonly spanQueue: QueueEnvironment;
  readonly logQueue: QueueEnvironment;
  readonly sampler: SamplerEnvironment | undefined;
  /** Of the resource, `service.name` among them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly ignored: readonly Ignored[];
}

const samplers = ["always_on", "always_off", "traceidratio"] as const;

/** Reads variables one by one and keeps a word on each that it cannot read. */
class Reader {
  readonly ignored: Ignored[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  ignore(variable: string, reason: string): undefined {
    this.ignored.push({ variable, reason });
    return undefined;
  }

  /** An empty variable is one that is not set. */
  text(variable: string): string | undefined {
    const value = this.#env[variable]?.trim();
    return value === "" ? undefined : value;
  }

  flag(variable: string): boolean {
    const value = this.text(variable)?.toLowerCase();
    if (value !== undefined && value !== "true" && value !== "false") this.ignore(variable, `"${value}" is neither true nor false`);
    return value === "true";
  }

  number(variable: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.text(variable);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (number >= least && number <= most) return number;
    return this.ignore(variable, `"${value}" is no number from ${least}${most === Number.MAX_SAFE_INTEGER ? " on" : ` to ${most}`}`);
  }

  choice<const C extends string>(variable: string, choices: readonly C[]): C | undefined {
    const value = this.text(variable);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value.toLowerCase());
    return found ?? this.ignore(variable, `"${value}" is none of ${choices.join(", ")}`);
  }

  /** `key=value,…` with percent-encoded values; one pair that cannot be read discards all. */
  pairs(variable: string): Readonly<Record<string, string>> {
    const pairs: Record<string, string> = {};
    for (const [at, part] of (this.text(variable) ?? "").split(",").entries()) {
      if (part.trim() === "") continue;
      const equals = part.indexOf("=");
      const key = part.slice(0, Math.max(0, equals)).trim();
      try {
        if (key === "") throw new Error("no key");
        pairs[decodeURIComponent(key)] = decodeURIComponent(part.slice(equals + 1).trim());
      } catch {
        this.ignore(variable, `its part ${at + 1} is no key=value with a percent-encoded value`);
        return {};
      }
    }
    return pairs;
  }
}

function readSignal(reader: Reader, signal: Signal): SignalEnvironment {
  const upper = signal.toUpperCase();
  const own = (what: string): string => `OTEL_EXPORTER_OTLP_${upper}_${what}`;
  const all = (what: string): string => `OTEL_EXPORTER_OTLP_${what}`;
  const [ownUrl, baseUrl] = [reader.text(own("ENDPOINT")), reader.text(all("ENDPOINT"))];
  const base = baseUrl === undefined ? undefined : { url: baseUrl, isBase: true, variable: all("ENDPOINT") };
  const ownProtocol = reader.choice(own("PROTOCOL"), protocols);
  const compressions = ["gzip", "none"] as const;
  return {
    endpoint: ownUrl === undefined ? base : { url: ownUrl, isBase: false, variable: own("ENDPOINT") },
    protocol: ownProtocol ?? reader.choice(all("PROTOCOL"), protocols),
    protocolVariable: ownProtocol === undefined ? all("PROTOCOL") : own("PROTOCOL"),
    headers: { ...reader.pairs(all("HEADERS")), ...reader.pairs(own("HEADERS")) },
    timeoutMs: reader.number(own("TIMEOUT"), 1) ?? reader.number(all("TIMEOUT"), 1),
    compression: reader.choice(own("COMPRESSION"), compressions) ?? reader.choice(all("COMPRESSION"), compressions),
    isOff: readExporter(reader, `OTEL_${upper}_EXPORTER`),
  };
}

/** `otlp` is the only exporter here; `none` switches the signal off. */
function readExporter(reader: Reader, variable: string): boolean {
  const names = (reader.text(variable) ?? "otlp").split(",").map((name) => name.trim().toLowerCase());
  for (const name of names) if (name !== "otlp" && name !== "none") reader.ignore(variable, `"${name}" is none of otlp, none`);
  return names.includes("none");
}

function readQueue(reader: Reader, prefix: string): QueueEnvironment {
  return {
    intervalMs: reader.number(`${prefix}_SCHEDULE_DELAY`, 1),
    limit: reader.number(`${prefix}_MAX_QUEUE_SIZE`, 1),
    batchSize: reader.number(`${prefix}_MAX_EXPORT_BATCH_SIZE`, 1),
  };
}

function readSampler(reader: Reader): SamplerEnvironment | undefined {
  const choices = [...samplers, ...samplers.map((name) => `parentbased_${name}` as const)];
  const name = reader.choice("OTEL_TRACES_SAMPLER", choices);
  if (name === undefined) return undefined;
  const parentBased = name.startsWith("parentbased_");
  if (name.endsWith("always_on")) return { parentBased, ratio: 1 };
  if (name.endsWith("always_off")) return { parentBased, ratio: 0 };
  return { parentBased, ratio: reader.number("OTEL_TRACES_SAMPLER_ARG", 0, 1) ?? 1 };
}

/** Reads OpenTelemetry's variables. Never throws: what cannot be read is told in `ignored`. */
export function readOtelEnvironment(env: Environment): OtelEnvironment {
  const reader = new Reader(env);
  const bySignal = Object.fromEntries(signals.map((signal) => [signal, readSignal(reader, signal)]));
  const name = reader.text("OTEL_SERVICE_NAME");
  const read = {
    isDisabled: reader.flag("OTEL_SDK_DISABLED"),
    signals: bySignal as Record<Signal, SignalEnvironment>,
    metricIntervalMs: reader.number("OTEL_METRIC_EXPORT_INTERVAL", 1),
    metricTimeoutMs: reader.number("OTEL_METRIC_EXPORT_TIMEOUT", 1),
    spanQueue: readQueue(reader, "OTEL_BSP"),
    logQueue: readQueue(reader, "OTEL_BLRP"),
    sampler: readSampler(reader),
    attributes: { ...reader.pairs("OTEL_RESOURCE_ATTRIBUTES"), ...(name === undefined ? {} : { "service.name": name }) },
  };
  const temporality = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
  if ((reader.text(temporality)?.toLowerCase() ?? "cumulative") !== "cumulative") reader.ignore(temporality, "values are cumulative here");
  // A variable of all signals is read for each of them, and told once.
  const ignored = [...new Map(reader.ignored.map((each) => [`${each.variable} ${each.reason}`, each])).values()];
  return { ...read, ignored };
}
