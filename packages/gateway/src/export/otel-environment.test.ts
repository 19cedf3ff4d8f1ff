import { describe, expect, test } from "vitest";
import { GatewayError } from "../error.ts";
import { destinations } from "./destination.ts";
import { exportFromEnvironment } from "./otel-environment.ts";

const urls = (env: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries([...destinations(exportFromEnvironment(env) ?? {})].map(([signal, { url }]) => [signal, url]));

describe("OpenTelemetry's variables", () => {
  test("one endpoint is for every signal, with its path put after it", () => {
    expect(urls({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/base/" })).toEqual({
      metrics: "http://collector:4318/base/v1/metrics",
      traces: "http://collector:4318/base/v1/traces",
      logs: "http://collector:4318/base/v1/logs",
    });
  });

  test("a signal's own endpoint is taken as it stands; a signal without one stays here", () => {
    expect(urls({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://p:9090/api/v1/otlp/v1/metrics" })).toEqual({
      metrics: "http://p:9090/api/v1/otlp/v1/metrics",
    });
  });

  test("headers, compression, timeout and interval are honoured", () => {
    const found = exportFromEnvironment({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:1",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20x%3D, x-a=b",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-a=traces",
      OTEL_EXPORTER_OTLP_COMPRESSION: "none",
      OTEL_EXPORTER_OTLP_TIMEOUT: "2500",
      OTEL_METRIC_EXPORT_INTERVAL: "15000",
    });
    expect(found).toMatchObject({ gzip: false, timeoutMs: 2500, intervalMs: 15_000 });
    const to = destinations(found ?? {});
    expect(to.get("metrics")?.headers).toEqual({ authorization: "Bearer x=", "x-a": "b" });
    expect(to.get("traces")?.headers).toEqual({ authorization: "Bearer x=", "x-a": "traces" });
  });

  test.each([[{}], [{ OTEL_EXPORTER_OTLP_ENDPOINT: " " }], [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:1", OTEL_SDK_DISABLED: "TRUE" }]])(
    "%j exports nowhere",
    (env) => {
      expect(exportFromEnvironment(env)).toBeUndefined();
    },
  );

  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }, "collector:4318"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://me:secret@c" }, "OTEL_EXPORTER_OTLP_HEADERS"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_EXPORTER_OTLP_COMPRESSION: "zstd" }, "OTEL_EXPORTER_OTLP_COMPRESSION"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_METRIC_EXPORT_INTERVAL: "10s" }, "OTEL_METRIC_EXPORT_INTERVAL"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_EXPORTER_OTLP_HEADERS: "secret" }, "OTEL_EXPORTER_OTLP_HEADERS"],
  ])("%j is refused by name, without its secrets", (env, named) => {
    const read = (): unknown => destinations(exportFromEnvironment(env) ?? {});
    expect(read).toThrow(GatewayError);
    expect(read).toThrow(named);
    expect(read).not.toThrow(/secret/);
  });
});
