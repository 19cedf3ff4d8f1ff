import { describe, expect, test } from "vitest";
import { exportSettings } from "./export-settings.ts";
import type { NodeTelemetryOptions } from "./options.ts";
import { readOtelEnvironment } from "./otel-environment.ts";
import { otelHelp } from "./otel-variables.ts";

const base = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" };
const settings = (env: Record<string, string>, options: NodeTelemetryOptions = {}): ReturnType<typeof exportSettings> =>
  exportSettings({ ...options, env });
const urls = (env: Record<string, string>, options?: NodeTelemetryOptions): (string | undefined)[] => {
  const { metrics, traces, logs } = settings(env, options).signals;
  return [metrics?.url, traces?.url, logs?.url];
};

describe("where signals go", () => {
  test("nowhere, when nobody says where", () => {
    expect(settings({}).signals).toEqual({});
    expect(settings({ OTEL_EXPORTER_OTLP_ENDPOINT: "" }).signals).toEqual({});
  });

  test("the base gets the signal's path, an address of one signal stays as it is", () => {
    expect(urls(base)).toEqual(["http://c:4318/v1/metrics", "http://c:4318/v1/traces", "http://c:4318/v1/logs"]);
    expect(urls({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://c/otlp/" })[0]).toBe("https://c/otlp/v1/metrics");
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t:9/in", OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://l:9" };
    expect(urls({ ...base, ...own })).toEqual(["http://c:4318/v1/metrics", "http://t:9/in", "http://l:9/"]);
    expect(urls(own)).toEqual([undefined, "http://t:9/in", "http://l:9/"]);
  });

  test("an option wins over every variable", () => {
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t:9/in" };
    expect(urls({ ...base, ...own }, { endpoint: "http://o:1" })).toEqual(["metrics", "traces", "logs"].map((s) => `http://o:1/v1/${s}`));
    const env = {
      ...base,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=2",
      OTEL_EXPORTER_OTLP_TIMEOUT: "1",
      OTEL_EXPORTER_OTLP_COMPRESSION: "none",
      OTEL_METRIC_EXPORT_INTERVAL: "1",
      OTEL_TRACES_SAMPLER: "always_off",
    };
    const explicit = {
      protocol: "http/protobuf",
      headers: { b: "3" },
      timeoutMs: 7,
      compression: "gzip",
      intervalMs: 8,
      sampleRatio: 0.25,
    } as const;
    expect(settings(env, explicit)).toMatchObject({
      metricIntervalMs: 8,
      sampler: { parentBased: true, ratio: 0.25 },
      signals: { traces: { protocol: "http/protobuf", headers: { a: "1", b: "3" }, timeoutMs: 7, compression: "gzip" } },
    });
  });

  test("gRPC has the base alone as its address", () => {
    expect(urls({ ...base, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toEqual(["http://c:4318/", "http://c:4318/", "http://c:4318/"]);
  });

  test("a signal is switched off by its exporter, all by OTEL_SDK_DISABLED, whatever else is said", () => {
    expect(urls({ ...base, OTEL_TRACES_EXPORTER: "none", OTEL_LOGS_EXPORTER: "otlp" })).toEqual([
      "http://c:4318/v1/metrics",
      undefined,
      "http://c:4318/v1/logs",
    ]);
    expect(urls({ ...base, OTEL_SDK_DISABLED: "TRUE" }, { endpoint: "http://o:1" })).toEqual([undefined, undefined, undefined]);
  });
});

describe("how signals go", () => {
  test("a signal's own variable wins over that of all", () => {
    const env = {
      ...base,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "HTTP/PROTOBUF",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20a, x=1",
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: "x=2",
      OTEL_EXPORTER_OTLP_TIMEOUT: "3000",
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "4000",
      OTEL_EXPORTER_OTLP_COMPRESSION: "none",
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: "gzip",
    };
    const { metrics, logs } = settings(env).signals;
    expect(metrics).toMatchObject({
      protocol: "http/protobuf",
      headers: { authorization: "Bearer a", x: "2" },
      timeoutMs: 4000,
      compression: "gzip",
    });
    expect(logs).toMatchObject({
      protocol: "http/json",
      headers: { authorization: "Bearer a", x: "1" },
      timeoutMs: 3000,
      compression: "none",
    });
  });

  test("defaults are protobuf, gzip, 10 s, bounded queues and every trace", () => {
    const { signals, ...rest } = settings(base);
    expect(signals.metrics).toMatchObject({ protocol: "http/protobuf", compression: "gzip", timeoutMs: 10_000, headers: {} });
    expect(rest).toEqual({
      metricIntervalMs: 10_000,
      metricTimeoutMs: undefined,
      spanQueue: { intervalMs: 2_000, limit: 4_096, batchSize: 512 },
      logQueue: { intervalMs: 2_000, limit: 4_096, batchSize: 512 },
      sampler: { parentBased: true, ratio: 1 },
      attributes: { "service.name": "unknown_service:node" },
      ignored: [],
    });
  });

  test("intervals and queues", () => {
    const env = {
      OTEL_METRIC_EXPORT_INTERVAL: "1500",
      OTEL_METRIC_EXPORT_TIMEOUT: "900",
      OTEL_BSP_SCHEDULE_DELAY: "100",
      OTEL_BSP_MAX_QUEUE_SIZE: "20",
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: "7",
    };
    expect(settings(env)).toMatchObject({
      metricIntervalMs: 1500,
      metricTimeoutMs: 900,
      // A batch is never larger than its queue.
      spanQueue: { intervalMs: 100, limit: 20, batchSize: 20 },
      logQueue: { intervalMs: 2_000, limit: 4_096, batchSize: 7 },
    });
  });

  test.each([
    ["always_on", undefined, { parentBased: false, ratio: 1 }],
    ["parentbased_always_off", undefined, { parentBased: true, ratio: 0 }],
    ["traceidratio", "0.1", { parentBased: false, ratio: 0.1 }],
    ["parentbased_traceidratio", "0.5", { parentBased: true, ratio: 0.5 }],
    ["parentbased_traceidratio", undefined, { parentBased: true, ratio: 1 }],
  ])("OTEL_TRACES_SAMPLER=%s with argument %s", (name, argument, sampler) => {
    const env = { OTEL_TRACES_SAMPLER: name, ...(argument === undefined ? {} : { OTEL_TRACES_SAMPLER_ARG: argument }) };
    expect(settings(env).sampler).toEqual(sampler);
  });
});

describe("who the process is", () => {
  const fallback = { serviceName: "moq-relay", instanceId: "host:1", region: "eu", version: "1" };

  test("a fallback, then OTEL_RESOURCE_ATTRIBUTES, then OTEL_SERVICE_NAME, then an option", () => {
    expect(settings({}, { fallback }).attributes).toEqual({
      "service.name": "moq-relay",
      "service.instance.id": "host:1",
      "cloud.region": "eu",
      "service.version": "1",
    });
    const env = { OTEL_RESOURCE_ATTRIBUTES: "service.name=a,cloud.region=us%2Ceast,deployment.environment.name=production" };
    expect(settings(env, { fallback }).attributes).toMatchObject({
      "service.name": "a",
      "cloud.region": "us,east",
      "deployment.environment.name": "production",
      "service.instance.id": "host:1",
    });
    const named = { ...env, OTEL_SERVICE_NAME: "b" };
    expect(settings(named, { fallback }).attributes["service.name"]).toBe("b");
    expect(settings(named, { serviceName: "c", region: "de", fallback }).attributes).toMatchObject({
      "service.name": "c",
      "cloud.region": "de",
    });
  });
});

describe("what cannot be read", () => {
  test.each([
    ["OTEL_SDK_DISABLED", "yes", '"yes" is neither true nor false'],
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "thrift", '"thrift" is none of http/protobuf, http/json, grpc'],
    ["OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http", '"http" is none of http/protobuf, http/json, grpc'],
    ["OTEL_EXPORTER_OTLP_COMPRESSION", "brotli", '"brotli" is none of gzip, none'],
    ["OTEL_EXPORTER_OTLP_TIMEOUT", "10s", '"10s" is no number from 1 on'],
    ["OTEL_METRIC_EXPORT_INTERVAL", "0", '"0" is no number from 1 on'],
    ["OTEL_METRIC_EXPORT_INTERVAL", "-5", '"-5" is no number from 1 on'],
    ["OTEL_BSP_MAX_QUEUE_SIZE", "many", '"many" is no number from 1 on'],
    ["OTEL_METRICS_EXPORTER", "prometheus", '"prometheus" is none of otlp, none'],
    ["OTEL_TRACES_SAMPLER", "jaeger_remote", '"jaeger_remote" is none of always_on,'],
    ["OTEL_RESOURCE_ATTRIBUTES", "a=1,b", "its part 2 is no key=value with a percent-encoded value"],
    ["OTEL_RESOURCE_ATTRIBUTES", "a=%zz", "its part 1 is no key=value with a percent-encoded value"],
    ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta", "values are cumulative here"],
  ])("%s=%s is ignored, as OpenTelemetry's specification has it, and told once", (variable, value, reason) => {
    const { ignored, ...read } = readOtelEnvironment({ [variable]: value });
    expect(ignored).toEqual([{ variable, reason: expect.stringContaining(reason) as string }]);
    expect(read).toEqual({ ...readOtelEnvironment({}), ignored: undefined });
  });

  test("a sampler's argument out of range is ignored, not the sampler", () => {
    const { sampler, ignored } = settings({ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "7" });
    expect(sampler).toEqual({ parentBased: false, ratio: 1 });
    expect(ignored).toEqual([{ variable: "OTEL_TRACES_SAMPLER_ARG", reason: '"7" is no number from 0 to 1' }]);
  });

  test("a header that cannot be read is told without its value", () => {
    const { ignored } = settings({ OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20canary,%E0" });
    expect(ignored).toHaveLength(1);
    expect(JSON.stringify(ignored)).not.toContain("canary");
  });

  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector" }, {}, 'OTEL_EXPORTER_OTLP_ENDPOINT: "collector"'],
    [{ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "ftp://c" }, {}, 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "ftp://c"'],
    [{}, { endpoint: "localhost:4318" }, 'endpoint: "localhost:4318"'],
  ])("an address that is none names variable, value and remedy: %j %j", (env, options, begin) => {
    expect(() => settings(env as Record<string, string>, options)).toThrow(
      `${begin} is no OTLP endpoint: give an http or https URL such as http://127.0.0.1:4318`,
    );
  });

  test.each([
    [{ intervalMs: 0 }, "intervalMs: 0 is no number of milliseconds above 0"],
    [{ intervalMs: Number.NaN }, "intervalMs: NaN is no number of milliseconds above 0"],
    [{ timeoutMs: -1 }, "timeoutMs: -1 is no number of milliseconds above 0"],
    [{ sampleRatio: 2 }, "sampleRatio: 2 is not from 0 to 1"],
  ])("an option %j is refused by name and value", (options, message) => {
    expect(() => settings({}, options)).toThrow(expect.objectContaining({ code: "option_invalid", message }));
  });
});

test("the help names every variable that is read", () => {
  const read = new Set<string>();
  readOtelEnvironment(new Proxy({}, { get: (_, name) => void read.add(String(name)) }));
  const expanded = otelHelp.flatMap(([names]) =>
    names.split(/, (?=OTEL|…)/).flatMap((name) => {
      const full = name.replace("…", "OTEL_EXPORTER_OTLP");
      const choice = /\{(.*)\}/.exec(full);
      return choice === null ? [full] : (choice[1] ?? "").split(",").map((each) => full.replace(choice[0], each));
    }),
  );
  read.delete("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE");
  // OpenTelemetry's exporters read the files by themselves.
  const files = ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"].map((name) => `OTEL_EXPORTER_OTLP_${name}`);
  expect([...read, ...files, "OTEL_TRACES_SAMPLER_ARG"].sort()).toEqual(expanded.sort());
});
