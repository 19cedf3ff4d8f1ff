import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { type ExportLogsServiceRequest, ExportLogsServiceRequestSchema } from "../gen/collector/logs/v1/logs_service_pb.ts";
import { type ExportMetricsServiceRequest, ExportMetricsServiceRequestSchema } from "../gen/collector/metrics/v1/metrics_service_pb.ts";
import { type ExportTraceServiceRequest, ExportTraceServiceRequestSchema } from "../gen/collector/trace/v1/trace_service_pb.ts";
import type { HistogramDataPoint, NumberDataPoint } from "../gen/metrics/v1/metrics_pb.ts";
import type { Signal } from "../otlp/answer.ts";
import { attributes } from "../otlp/proto-values.ts";

/** How a collector answers. */
export interface CollectorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}
export interface CollectorRequest {
  readonly signal: Signal;
  readonly headers: IncomingMessage["headers"];
  /** Inflated. */
  readonly body: Buffer;
}
/** A point of a metric with what stands around it. */
export interface CollectorPoint {
  readonly service: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly point: NumberDataPoint | HistogramDataPoint;
}

const paths: Readonly<Record<string, Signal>> = { "/v1/metrics": "metrics", "/v1/traces": "traces", "/v1/logs": "logs" };

/** A receiver of OTLP/protobuf over HTTP on a free port, which the test lets answer as it likes. */
export class Collector {
  readonly url: string;
  readonly requests: CollectorRequest[] = [];
  answer: (request: CollectorRequest) => CollectorAnswer = () => ({ status: 200 });
  readonly #server: Server;

  static async start(): Promise<Collector> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Collector(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => {
      void buffer(request).then((wire) => {
        const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(wire) : wire;
        const taken = { signal: paths[request.url ?? ""] ?? "metrics", headers: request.headers, body };
        this.requests.push(taken);
        const { status, headers, body: said } = this.answer(taken);
        response.writeHead(status, { "content-type": "application/x-protobuf", ...headers }).end(said);
      });
    });
  }

  of(signal: Signal): CollectorRequest[] {
    return this.requests.filter((request) => request.signal === signal);
  }

  metrics(): ExportMetricsServiceRequest[] {
    return this.of("metrics").map(({ body }) => fromBinary(ExportMetricsServiceRequestSchema, body));
  }

  traces(): ExportTraceServiceRequest[] {
    return this.of("traces").map(({ body }) => fromBinary(ExportTraceServiceRequestSchema, body));
  }

  logs(): ExportLogsServiceRequest[] {
    return this.of("logs").map(({ body }) => fromBinary(ExportLogsServiceRequestSchema, body));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Every point of a metrics request. */
export function pointsOf(request: ExportMetricsServiceRequest | undefined): CollectorPoint[] {
  return (request?.resourceMetrics ?? []).flatMap(({ resource, scopeMetrics }) => {
    const service = String(attributes(resource?.attributes ?? []).get("service.name"));
    return scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, data }): CollectorPoint[] => {
        if (data.case === undefined || data.case === "exponentialHistogram" || data.case === "summary") return [];
        return data.value.dataPoints.map((point) => ({ service, name, labels: Object.fromEntries(attributes(point.attributes)), point }));
      }),
    );
  });
}
