import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { expect, it } from "vitest";
import { foreignProgram } from "../../scripts/foreign/installed.ts";

const collector = join(import.meta.dirname, "../collector");
const otelcol = foreignProgram("otelcol");

interface Point {
  readonly attributes?: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}
interface Metrics {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes?: readonly { readonly key: string }[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly { readonly name: string; readonly sum: { readonly dataPoints: readonly Point[] } }[];
    }[];
  }[];
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const strings = (given: Readonly<Record<string, string>>): object[] =>
  Object.entries(given).map(([key, value]) => ({ key, value: { stringValue: value } }));
const sum = (name: string, attributes: Readonly<Record<string, string>> = {}): object => ({
  name,
  sum: {
    aggregationTemporality: 2,
    isMonotonic: true,
    dataPoints: [{ asInt: "1", timeUnixNano: "1700000000000000000", attributes: strings(attributes) }],
  },
});
const report = (service: string, ...metrics: object[]): object => ({
  resource: { attributes: strings({ "service.name": service, "session.id": "0123456789abcdef" }) },
  scopeMetrics: [{ scope: { name: "test", version: "9" }, metrics }],
});

/** What comes out of a collector with these processors, in one batch. */
async function through(processors: Readonly<Record<string, string>>, sent: readonly object[]): Promise<Metrics> {
  const folder = mkdtempSync(join(tmpdir(), "moqscope-collector-"));
  const received = Promise.withResolvers<Metrics>();
  const sink = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    json(request).then((body) => {
      response.end("{}");
      received.resolve(body as Metrics);
    }, received.reject);
  }).listen(0, "127.0.0.1");
  await once(sink, "listening");
  const port = await freePort();
  const file = join(folder, "config.yaml");
  writeFileSync(
    file,
    `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } } }
processors:
${Object.entries(processors)
  .map(([name, list]) => `  ${name}: \${file:${join(collector, list)}}`)
  .join("\n")}
exporters: { otlp_http: { endpoint: "http://127.0.0.1:${(sink.address() as AddressInfo).port}", encoding: json, compression: none } }
service:
  telemetry: { logs: { level: error }, metrics: { level: none } }
  pipelines: { metrics: { receivers: [otlp], processors: [${Object.keys(processors).join(", ")}], exporters: [otlp_http] } }
`,
  );
  const program = spawn(otelcol ?? "", ["--config", file], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HOSTNAME: "collector-1" },
  });
  let errors = "";
  program.stderr.on("data", (chunk) => (errors += String(chunk)));
  program.once("exit", () => received.reject(new Error(`otelcol ended: ${errors}`)));
  try {
    const post = (): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/v1/metrics`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ resourceMetrics: sent }),
      });
    await expect.poll(async () => (await post().catch(() => undefined))?.status, { timeout: 8_000 }).toBe(200);
    return await received.promise;
  } finally {
    received.promise.catch(() => {
      // Ended by us: whoever waited has its answer.
    });
    program.kill();
    sink.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const names = ({ resourceMetrics }: Metrics): string[] =>
  resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name }) => name)));

it("what calls itself one of ours passes with the registry's metrics only, each service with its own; others pass whole", async (context) => {
  if (otelcol === undefined) return context.skip("pnpm foreign:build otelcol makes the collector");
  const out = await through({ "filter/registry": "filter.yaml" }, [
    report("moq-relay", sum("moq.relay.bytes_sent"), sum("moq.relay.invented"), sum("moq.client.play_time"), sum("process.cpu.time")),
    report("moq-player", sum("moq.client.play_time"), sum("moq.client.country.play_time"), sum("moq.gateway.reports")),
    report("moq-gateway", sum("moq.gateway.reports"), sum("moq.client.country.play_time")),
    report("shop", sum("orders"), sum("moq.relay.invented")),
  ]);
  expect(names(out)).toEqual([
    "moq.relay.bytes_sent",
    "process.cpu.time",
    "moq.client.play_time",
    "moq.client.country.play_time",
    "moq.gateway.reports",
    "orders",
    "moq.relay.invented",
  ]);
});

it("without a gateway the audience is one writer, with the registry's metrics, attributes and values only", async (context) => {
  if (otelcol === undefined) return context.skip("pnpm foreign:build otelcol makes the collector");
  const out = await through({ "filter/players": "filter-players.yaml", "transform/identity": "identity.yaml" }, [
    report(
      "moq-player",
      sum("moq.client.play_attempts", { outcome: "begun", transport: "pigeon", session: "x", region: "europe" }),
      sum("moq.client.groups", { outcome: "complete", media: "video" }),
      sum("moq.client.country.play_time", { country: "NL" }),
      sum("moq.relay.bytes_sent"),
    ),
  ]);
  const points = out.resourceMetrics[0]?.scopeMetrics[0]?.metrics.map(({ name, sum: { dataPoints } }) => [
    name,
    Object.fromEntries((dataPoints[0]?.attributes ?? []).map(({ key, value }) => [key, value.stringValue])),
  ]);
  expect(points).toEqual([
    ["moq.client.play_attempts", { outcome: "exited", transport: "unknown" }],
    ["moq.client.groups", { outcome: "complete", media: "video" }],
  ]);
  expect(out.resourceMetrics[0]?.resource.attributes?.map(({ key }) => key)).toEqual(["service.name", "service.instance.id"]);
});
