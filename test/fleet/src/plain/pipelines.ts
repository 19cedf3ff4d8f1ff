import { FleetProcess } from "../../../../packages/gateway/src/testing/fleet.ts";
import { playerResource, request, sum } from "../../../../packages/gateway/src/testing/otlp-json.ts";
import type { PrometheusServer } from "../../../../packages/gateway/src/testing/prometheus-server.ts";
import type { Arrival } from "./generator.ts";

export const counted = "moq.client.rebuffer_count";
const prometheusName = "moq_client_rebuffer_count_total";
const labels = { cause: "network", transport: "websocket" };
const scrapeMs = 10_000;
const batchMs = 10_000;

/** A way of many sessions' reports into Prometheus; answers the job under which what it made of them is stored. */
export type Pipeline = (arrivals: readonly Arrival[], server: PrometheusServer) => Promise<string>;

/** Cumulative values without an identity, by OTLP straight into Prometheus. */
export const cumulativeToPrometheus: Pipeline = (arrivals, server) =>
  postAll(arrivals, { server, job: "cumulative", point: ({ startMs, timeMs, value }) => ({ startMs, timeMs, value, temporality: 2 }) });

/** Deltas by OTLP into Prometheus with the feature otlp-deltatocumulative: the collector's deltatocumulative processor, its own code. */
export const deltaToCumulative: Pipeline = (arrivals, server) =>
  postAll(arrivals, {
    server,
    job: "delta",
    point: ({ lastMs, timeMs, growth }) => ({ startMs: lastMs, timeMs, value: growth, temporality: 1 }),
  });

/** Cumulative values without an identity into the collector's prometheus exporter, which keeps the last one; scraped each ten seconds. */
export const cumulativeToExporter: Pipeline = (arrivals, server) => scraped(arrivals, { server, job: "exporter" }, (_, { value }) => value);

/**
 * Deltas into the collector's prometheus exporter (exporter/prometheusexporter/accumulator.go): one that begins where the last one ended is
 * added, any other takes its place.
 */
export const deltaToExporter: Pipeline = (arrivals, server) => {
  let endMs = Number.NaN;
  return scraped(arrivals, { server, job: "delta-exporter" }, (before, { lastMs, timeMs, growth }) => {
    const isNext = lastMs === endMs;
    endMs = timeMs;
    return isNext ? before + growth : growth;
  });
};

/** What Prometheus says a job's counter grew by over the hour, `increase()` over all of it. */
export async function increaseOf(server: PrometheusServer, job: string, endMs: number): Promise<number> {
  const query = `sum(increase(${prometheusName}{job="${job}"}[80m]))`;
  interface Answer {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  }
  const { data } = await server.ask<Answer>("query", { query, time: String(endMs / 1000) });
  return Number(data.result[0]?.value[1] ?? 0);
}

/** The same reports into the fleet of a gateway; what it counts. */
export function fleetOf(arrivals: readonly Arrival[]): number {
  const fleet = new FleetProcess("here");
  let expireMs = 0;
  for (const { session, sequence, arrivedMs, startMs, timeMs, value, isFinal } of arrivals) {
    const sessionId = `plain-session-number-${session}`;
    const resource = playerResource({ sessionId, sequence, acked: sequence - 1, elapsedMs: Math.round(timeMs - startMs), isFinal });
    fleet.take(request(resource, [sum(counted, value, labels, { startMs, timeMs })]), arrivedMs);
    if (arrivedMs < expireMs) continue;
    fleet.expire(arrivedMs);
    expireMs = arrivedMs + scrapeMs;
  }
  return fleet.total(counted);
}

interface Posting {
  readonly server: PrometheusServer;
  readonly job: string;
  readonly point: (arrival: Arrival) => { startMs: number; timeMs: number; value: number; temporality: 1 | 2 };
}

/** As a collector in between does: what came within ten seconds in one request. What Prometheus refuses is lost, as it would be there. */
async function postAll(arrivals: readonly Arrival[], { server, job, point }: Posting): Promise<string> {
  const post = async (batch: readonly Arrival[]): Promise<void> => {
    const resourceMetrics = batch.map((arrival) => {
      const { temporality, value, ...times } = point(arrival);
      return resourceOf(job, sum(counted, value, labels, times), temporality);
    });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ resourceMetrics }) };
    const response = await fetch(`${server.url}/api/v1/otlp/v1/metrics`, init);
    const answer = await response.text();
    if (!response.ok && !/out of order|duplicate|too old|out of bounds/i.test(answer)) throw new Error(`${response.status} ${answer}`);
  };
  let batch: Arrival[] = [];
  let dueMs = (arrivals[0]?.arrivedMs ?? 0) + batchMs;
  for (const arrival of arrivals) {
    if (arrival.arrivedMs >= dueMs) {
      await post(batch);
      batch = [];
      dueMs = arrival.arrivedMs + batchMs;
    }
    batch.push(arrival);
  }
  await post(batch);
  return job;
}

function resourceOf(job: string, metric: unknown, temporality: 1 | 2): unknown {
  const { sum: data, ...head } = metric as { readonly sum: object };
  const scopeMetrics = [{ scope: { name: "plain" }, metrics: [{ ...head, sum: { ...data, aggregationTemporality: temporality } }] }];
  return { resource: { attributes: [{ key: "service.name", value: { stringValue: job } }] }, scopeMetrics };
}

/** Feeds an exporter that holds one value for all, and writes what each scrape of it reads. */
async function scraped(
  arrivals: readonly Arrival[],
  { server, job }: { readonly server: PrometheusServer; readonly job: string },
  next: (before: number, arrival: Arrival) => number,
): Promise<string> {
  const samples: [number, number][] = [];
  let value: number | undefined;
  let dueMs = (arrivals[0]?.arrivedMs ?? 0) + scrapeMs;
  for (const arrival of arrivals) {
    for (; arrival.arrivedMs >= dueMs; dueMs += scrapeMs) if (value !== undefined) samples.push([Math.round(dueMs), value]);
    value = next(value ?? 0, arrival);
  }
  if (value !== undefined) samples.push([Math.round(dueMs), value]);
  await server.write([
    {
      labels: [
        ["__name__", prometheusName],
        ["job", job],
      ],
      samples,
    },
  ]);
  return job;
}
