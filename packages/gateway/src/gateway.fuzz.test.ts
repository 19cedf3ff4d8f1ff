import { type AttributeSet, type MetricRecord, metrics, sets } from "@moqscope/telemetry";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fuzzRuns, fuzzTimeoutMs, tellRun } from "./testing/fuzz-runs.ts";
import { TestGateway } from "./testing/gateway.ts";
import { hostilePost, marker } from "./testing/hostile.ts";
import { usedBytes } from "./testing/memory.ts";
import { type RawAnswer, RawClient, type RawPost } from "./testing/raw-post.ts";

const batch = 16;
/** What all those bodies together may leave behind, beside what the gateway holds by its limits, and what they may take for a moment. */
const mostGrowthBytes = 48 * 1024 * 1024;
const mostAtOnceBytes = 384 * 1024 * 1024;
const reasons = new RegExp(`(?:${sets.rejectReason.values.join("|")}): .`);
const endings = new Set([200, 400, 401, 403, 404, 405, 413, 415, 429]);

/** Sends hostile bodies to one face of a gateway and judges every answer; then the gateway is asked whether it is well. */
async function attack(face: "ingest" | "otlp", check: (gateway: TestGateway) => Promise<void>): Promise<void> {
  const told = new Set<string>();
  await using gateway = await TestGateway.start({
    reportIntervalMs: 10_000,
    fleetLimits: { sessions: 200 },
    seriesLimit: face === "ingest" ? 20_000 : 1_000,
    storeMemoryBytes: 4 * 1024 * 1024,
    recorder: { event: (...event) => void told.add(JSON.stringify(event)) },
  });
  const client = new RawClient(face === "ingest" ? gateway.gateway.ingestUrl : gateway.gateway.otlpUrl);
  const counts: Record<string, number> = {};
  let base = 0;
  let batches = 0;
  let peak = 0;
  const send = async (post: RawPost): Promise<void> => {
    const own = post.headers["moq-gateway"] === "here" ? { ...post.headers, "moq-gateway": gateway.gateway.id } : post.headers;
    const answer = await client.send({ ...post, headers: own });
    judge(post.path, answer);
    counts[answer.status] = (counts[answer.status] ?? 0) + 1;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(hostilePost, { minLength: batch, maxLength: batch }), async (posts) => {
      await Promise.all(posts.map(send));
      gateway.clock.advance(40);
      const { heapUsed, external } = process.memoryUsage();
      peak = Math.max(peak, heapUsed + external);
      if (++batches === Math.ceil(fuzzRuns / batch / 4)) base = usedBytes();
    }),
    { numRuns: Math.ceil(fuzzRuns / batch), endOnFailure: fuzzRuns > 10_000 },
  );
  const growth = usedBytes() - base;
  client.close();
  tellRun(`hostile bodies to ${face}`, { ...counts, "growth in KB": Math.round(growth / 1024), "peak in MB": Math.round(peak / 2 ** 20) });
  expect(growth).toBeLessThan(mostGrowthBytes);
  expect(peak).toBeLessThan(mostAtOnceBytes);
  expect([...told].filter((event) => event.includes(marker))).toEqual([]);
  expect(counts[200]).toBeGreaterThan(fuzzRuns / 50);
  expect(counts[400]).toBeGreaterThan(fuzzRuns / 20);
  await check(gateway);
}

function judge(path: string, { status, text }: RawAnswer): void {
  // no token is needed where none is asked for
  if (path === "/v1/token" && status === 204) return;
  const what = `${status} ${text}`;
  expect(endings.has(status), what).toBe(true);
  expect(text.includes(marker), what).toBe(false);
  // an error that nobody foresaw is answered so: that it is caught is luck
  expect(text.includes("the request cannot be read"), what).toBe(false);
  if (status === 200 || status === 404 || status === 405) return;
  expect(text, what).toMatch(reasons);
}

describe(`${fuzzRuns} hostile bodies`, () => {
  test(
    "at the public face are refused with a reason or counted in series of the registry, and leave nothing behind",
    async () => {
      await attack("ingest", async (gateway) => {
        const answer = await gateway.metrics("service=moq-player");
        for (const { name, attributes } of answer.metrics) {
          const record = (metrics as Readonly<Record<string, MetricRecord | undefined>>)[name];
          // what players send, and what is derived of it
          expect([record?.sender, record?.service], name).toContain(record?.sender === "player" ? "player" : "moq-player");
          for (const [key, value] of Object.entries(attributes)) {
            const set: AttributeSet | undefined = record?.attributes[key];
            expect(set?.kind === "closed" ? set.values : ["other"], `${name} ${key}=${value}`).toContain(value);
          }
        }
        expect((await gateway.report("{}")).status).toBe(400);
      });
    },
    fuzzTimeoutMs,
  );

  test(
    "at the trusted face are refused with a reason or stored within the limit of series, and leave nothing behind",
    async () => {
      await attack("otlp", async (gateway) => {
        expect((await gateway.metrics("")).metrics.length).toBeLessThanOrEqual(1_000);
        expect((await gateway.export({ resourceMetrics: [] })).status).toBe(200);
      });
    },
    fuzzTimeoutMs,
  );
});
