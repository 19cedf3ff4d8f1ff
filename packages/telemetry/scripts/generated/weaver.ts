import { Document, isScalar, visit } from "yaml";
import { anchors } from "../../src/registry/anchors.ts";
import { type AttributeSet, fallbackOf } from "../../src/registry/attribute-set.ts";
import { buckets } from "../../src/registry/buckets.ts";
import { events } from "../../src/registry/events.ts";
import type { MetricRecord } from "../../src/registry/metric-record.ts";
import type { MetricName } from "../../src/registry/metrics.ts";
import { prometheusName } from "../../src/registry/prometheus-name.ts";
import { resourceAttributes, services } from "../../src/registry/resource.ts";
import { spanNotes } from "../../src/registry/span-notes.ts";
import { spans } from "../../src/registry/spans.ts";
import type { SpanName } from "../../src/registry/types.ts";
import { allMetrics } from "./registry.ts";
import { weaverAttributes } from "./weaver-attributes.ts";

const refs = (keys: readonly string[]): unknown[] => keys.map((ref) => ({ ref }));

/** What the key may hold on this metric; elsewhere it may hold other values. */
function valuesOf(set: AttributeSet): Record<string, unknown> {
  if (set.kind === "open") return { at_most: set.bound, max_bytes: set.maxBytes, else: fallbackOf(set) };
  return { values: set.values, else: fallbackOf(set), ...(set.derived === true ? { set_by: "gateway" } : {}) };
}

function metricGroup(name: string, record: MetricRecord): unknown {
  const attributes = Object.entries(record.attributes).map(([ref, set]) => ({
    ref,
    requirement_level: "required",
    annotations: { moqscope: valuesOf(set) },
  }));
  const anchor = anchors[name as MetricName];
  return {
    id: `metric.${name}`,
    type: "metric",
    metric_name: name,
    brief: record.description,
    instrument: record.instrument,
    unit: record.unit,
    stability: record.stability,
    entity_associations: ["service"],
    ...(attributes.length === 0 ? {} : { attributes }),
    annotations: {
      moqscope: {
        sender: record.sender,
        service: record.sender === "process" ? Object.values(services) : [record.service ?? services[record.sender]],
        prometheus_name: prometheusName(name, record),
        ...(record.instrument === "histogram" ? { buckets: buckets[record.buckets] } : {}),
        ...(record.exemplars === true ? { exemplars: true } : {}),
        ...(record.cmcdKey === undefined ? {} : { cmcd_key: record.cmcdKey }),
        ...(record.clamp === undefined ? {} : { clamp: record.clamp }),
        ...(anchor === undefined ? {} : { like: anchor }),
      },
    },
  };
}

function spanGroup(name: SpanName): unknown {
  const { kind, attributes } = spans[name];
  const { senders, description } = spanNotes[name];
  return {
    id: `span.${name}`,
    type: "span",
    span_kind: kind,
    brief: description,
    stability: "development",
    attributes: refs(Object.keys(attributes)),
    annotations: { moqscope: { name, senders } },
  };
}

function eventGroup(name: string, { description, fields }: (typeof events)[keyof typeof events]): unknown {
  return { id: `event.${name}`, type: "event", name, brief: description, stability: "development", attributes: refs(Object.keys(fields)) };
}

/** Processes are told apart by name and instance; the rest describes them, and a report's own attributes describe only that report. */
function serviceEntity(): unknown {
  const identifying = ["service.name", "service.instance.id"];
  const attributes = Object.entries(resourceAttributes).map(([ref, { senders, label }]) => ({
    ref,
    role: identifying.includes(ref) ? "identifying" : "descriptive",
    annotations: { moqscope: { senders, ...(label === undefined ? {} : { prometheus_label: label }) } },
  }));
  return {
    id: "entity.service",
    type: "entity",
    name: "service",
    brief: "A process or a session in a page that sends telemetry.",
    stability: "development",
    attributes,
  };
}

/** The registry in the form of OpenTelemetry Weaver (semantic conventions, version 1 of the syntax: `groups`), by file name. */
export function weaverFiles(): Readonly<Record<string, string>> {
  const groups = (all: readonly unknown[]): unknown => ({ groups: all });
  const files: Readonly<Record<string, unknown>> = {
    "registry_manifest.yaml": {
      name: "moqscope",
      description: "Telemetry of live media over MoQ",
      semconv_version: "0.1.0",
      schema_base_url: "https://github.com/moqscope/moqscope/schemas/",
    },
    "attributes.yaml": weaverAttributes(),
    "entities.yaml": groups([serviceEntity()]),
    "metrics.yaml": groups(allMetrics.map(([name, record]) => metricGroup(name, record))),
    "spans.yaml": groups(Object.keys(spans).map((name) => spanGroup(name as SpanName))),
    "events.yaml": groups(Object.entries(events).map(([name, record]) => eventGroup(name, record))),
  };
  return Object.fromEntries(Object.entries(files).map(([name, value]) => [name, yaml(value)]));
}

/** YAML with lists of plain values on one line. */
function yaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false, compat: "yaml-1.1" });
  visit(document, {
    Seq(_key, list) {
      list.flow = list.items.every((item) => isScalar(item));
    },
  });
  return `# From packages/telemetry/src/registry, by pnpm generate.\n${document.toString({ lineWidth: 0, flowCollectionPadding: false })}`;
}
