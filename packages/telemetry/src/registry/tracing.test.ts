import { describe, expect, test } from "vitest";
import { events } from "./events.ts";
import type { Fields } from "./fields.ts";
import { eventFields, eventTable, resourceTable, spanAttributes, spanTable } from "./fixtures/tracing.ts";
import { metrics } from "./metrics.ts";
import { resourceAttributes, services } from "./resource.ts";
import { spanNotes } from "./span-notes.ts";
import { spans } from "./spans.ts";
import type { SpanName } from "./types.ts";

describe("spans of tracing.md", () => {
  test.each(spanTable)("%s is %s, made by %s", (name, kind, emitters, attributes) => {
    const span = spans[name as SpanName];
    expect(span.kind.toUpperCase()).toBe(kind);
    expect(spanNotes[name as SpanName].senders).toEqual(emitters.split(" "));
    const expected = [...spanAttributes.split(" "), ...attributes.split(" ").filter((key) => key !== "")];
    expect(Object.keys(span.attributes)).toEqual(expect.arrayContaining(expected));
  });
  test("are all there are", () => {
    expect(Object.keys(spans).toSorted()).toEqual(spanTable.map(([name]) => name).toSorted());
    expect(Object.keys(spanNotes).toSorted()).toEqual(Object.keys(spans).toSorted());
  });
});

describe("events of tracing.md", () => {
  test.each(Object.entries(eventTable))("%s is told by an event of the registry", (_name, { event, field }) => {
    const fields: Fields = events[event as keyof typeof events].fields;
    expect(Object.keys(fields)).toEqual(expect.arrayContaining([...eventFields, ...(field === undefined ? [] : [field])]));
  });
});

describe("resource attributes", () => {
  test("are those of metrics.md §1 and fleet-aggregation.md §3, with their labels", () => {
    expect(Object.fromEntries(Object.entries(resourceAttributes).map(([key, { label }]) => [key, label ?? ""]))).toEqual(resourceTable);
  });
  test("name a session only where it is no attribute of a metric", () => {
    for (const key of Object.keys(resourceAttributes)) {
      for (const { attributes } of Object.values(metrics)) expect(attributes).not.toHaveProperty([key]);
    }
    expect(resourceAttributes["session.id"]?.label).toBeUndefined();
  });
  test("say whose a series is by one service for each kind of program", () => {
    expect(services).toEqual({ player: "moq-player", publisher: "moq-publisher", relay: "moq-relay", gateway: "moq-gateway" });
  });
});
