import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { expect, test } from "vitest";
import { startSpan } from "../otel/tracer-spans.ts";
import { ChosenIds } from "./chosen-ids.ts";

test("a span has the id that was chosen for it, the next one a random one, and links lead where they were told to", () => {
  const exporter = new InMemorySpanExporter();
  const ids = new ChosenIds();
  const tracer = new TracerProvider({ idGenerator: ids, spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer("test");
  const parent = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
  const upstream = startSpan(tracer, "moq.subscribe", { parent, spanId: "59190d434e4ef80f" }, ids);
  const serve = startSpan(tracer, "moq.subscribe.serve", {}, ids);
  serve.end({ links: [{ context: upstream.context, kind: "upstream" }] });
  upstream.end();
  const [served, asked] = exporter.getFinishedSpans();
  expect(asked?.spanContext()).toMatchObject({ traceId: parent.traceId, spanId: "59190d434e4ef80f" });
  expect(served?.spanContext().spanId).toMatch(/^(?!59190d434e4ef80f)[0-9a-f]{16}$/);
  expect(served?.links).toMatchObject([
    { context: { traceId: parent.traceId, spanId: "59190d434e4ef80f" }, attributes: { "moq.link": "upstream" } },
  ]);
});
