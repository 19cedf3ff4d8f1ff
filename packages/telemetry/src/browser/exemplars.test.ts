import { describe, expect, test } from "vitest";
import { fakePage, until } from "../fixtures/fake-page.ts";
import { playerMetrics } from "../registry/player/index.ts";

interface Exemplar {
  readonly timeUnixNano: string;
  readonly asDouble: number;
  readonly traceId: string;
  readonly spanId: string;
}
type Points = { readonly dataPoints: readonly { readonly exemplars?: readonly Exemplar[] }[] };

/** Exemplars of each metric of the newest report. */
function exemplars({ reports }: ReturnType<typeof fakePage>): Record<string, readonly Exemplar[] | undefined> {
  const metrics = reports().at(-1)?.metrics ?? [];
  return Object.fromEntries(metrics.map(({ name, sum, histogram }) => [name, ((sum ?? histogram) as Points).dataPoints[0]?.exemplars]));
}
/** One report more; a large one is compressed first, which takes turns. */
async function report(at: ReturnType<typeof fakePage>): Promise<void> {
  const before = at.reports().length;
  await at.clock.advance(10_000);
  await until(() => at.reports().length > before);
}
const transport = "websocket" as const;

describe("exemplars of a page's reports", () => {
  test("the only observation since the last report leads with its value to the session's span", async () => {
    const at = fakePage(undefined, { sampleRatio: 1 });
    const { context } = at.recorder.span("moq.session.start");
    at.recorder.histogram("moq.client.startup_time", { transport }).record(1.7);
    at.recorder.counter("moq.client.errors", { "error.type": "decode_error", fatal: "true" }).add();
    at.recorder.counter("moq.client.io", { direction: "received", transport }).add(4096);
    await report(at);
    const { traceId, spanId } = context;
    const lead = { timeUnixNano: expect.stringMatching(/^\d{19}$/) as string, traceId, spanId };
    expect(exemplars(at)).toEqual({
      "moq.client.startup_time": [{ ...lead, asDouble: 1.7 }],
      "moq.client.errors": [{ ...lead, asDouble: 1 }],
      // Not a metric that the registry gives exemplars.
      "moq.client.io": undefined,
    });
    expect(playerMetrics["moq.client.startup_time"].exemplars).toBe(true);
  });

  test("two observations of one report have no value of their own; the next single one has", async () => {
    const at = fakePage(undefined, { sampleRatio: 1 });
    at.recorder.span("moq.session.start");
    const phase = at.recorder.histogram("moq.client.startup_phase", { phase: "connect", transport });
    phase.record(0.25);
    phase.record(0.5);
    await report(at);
    expect(exemplars(at)).toEqual({ "moq.client.startup_phase": undefined });
    phase.record(0.125);
    await report(at);
    expect(exemplars(at)).toMatchObject({ "moq.client.startup_phase": [{ asDouble: 0.125 }] });
  });

  test("a trace that is not sent has none, until it turns interesting", async () => {
    const at = fakePage(undefined, { sampleRatio: 0 });
    const { context } = at.recorder.span("moq.session.start");
    const startup = at.recorder.histogram("moq.client.startup_time", { transport });
    startup.record(1);
    await report(at);
    expect(exemplars(at)).toEqual({ "moq.client.startup_time": undefined });
    at.recorder.span("moq.rebuffer", { parent: context }).end();
    startup.record(2);
    await report(at);
    expect(exemplars(at)).toMatchObject({ "moq.client.startup_time": [{ asDouble: 2, traceId: context.traceId }] });
  });
});
