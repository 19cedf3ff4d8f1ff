import { anchors } from "../../src/registry/anchors.ts";
import { attributeNotes } from "../../src/registry/attribute-notes.ts";
import { buckets } from "../../src/registry/buckets.ts";
import { events } from "../../src/registry/events.ts";
import type { Field, Fields } from "../../src/registry/fields.ts";
import type { MetricRecord } from "../../src/registry/metric-record.ts";
import type { MetricName } from "../../src/registry/metrics.ts";
import { notRecorded } from "../../src/registry/not-recorded.ts";
import { prometheusName } from "../../src/registry/prometheus-name.ts";
import { resourceAttributes } from "../../src/registry/resource.ts";
import { spanNotes } from "../../src/registry/span-notes.ts";
import { spans } from "../../src/registry/spans.ts";
import type { SpanName } from "../../src/registry/types.ts";
import { allMetrics } from "./registry.ts";

const sections = [
  ["player", "Player", "`service.name` moq-player: sent per session, cumulative, merged over the fleet by the gateway."],
  ["fleet", "Player, derived by the gateway", "`service.name` moq-player: nobody sends these; country and broadcast come from the token."],
  ["publisher", "Publisher", "`service.name` moq-publisher: sent per session and merged like a player's."],
  ["relay", "Relay", "`service.name` moq-relay."],
  ["gateway", "Gateway", "`service.name` moq-gateway: what the gateway reports of itself."],
  ["process", "Process", "Every Node process of ours, beside its own metrics."],
] as const;
const instruments = { counter: "counter", histogram: "histogram", updowncounter: "up-down counter", gauge: "gauge" } as const;
const cell = (text: string): string => text.replaceAll("|", "\\|");
const code = (keys: readonly string[]): string => (keys.length === 0 ? "none" : keys.map((key) => `\`${key}\``).join(", "));
const sectionOf = (record: MetricRecord): string => (record.service === undefined ? record.sender : "fleet");

function attributeList(record: MetricRecord): string {
  const keys = Object.entries(record.attributes).map(([key, set]) => `\`${key}\`${set.derived === true ? " (gateway)" : ""}`);
  return keys.length === 0 ? "none" : keys.join(", ");
}

function metricRow(name: string, record: MetricRecord): string {
  const shape = record.instrument === "histogram" ? `histogram (${record.buckets})` : instruments[record.instrument];
  const marks = `${record.stability === "stable" ? " ‡" : ""}${record.exemplars ? " †" : ""}`;
  const cmcd = record.cmcdKey === undefined ? "" : ` CMCD \`${record.cmcdKey}\`.`;
  const anchor = anchors[name as MetricName];
  const like = anchor === undefined || anchor.startsWith("CMCD") ? "" : ` Like ${anchor}.`;
  const columns = [shape, `\`${record.unit}\``, `\`${prometheusName(name, record)}\``, attributeList(record)];
  return `| \`${name}\`${marks} | ${columns.join(" | ")} | ${cell(`${record.description}${cmcd}${like}`)} |`;
}

/** Sets as they are used: one row per key and values, with the metrics that have it where a key means several. */
function attributeRows(): string[] {
  const rows = new Map<string, { readonly key: string; readonly values: string; readonly metrics: string[] }>();
  for (const [name, record] of allMetrics) {
    for (const [key, set] of Object.entries(record.attributes)) {
      const values =
        set.kind === "open" ? `free, at most ${set.bound} of at most ${set.maxBytes} bytes, else \`other\`` : set.values.join(", ");
      const row = rows.get(`${key}\n${values}`) ?? { key, values, metrics: [] };
      row.metrics.push(name);
      rows.set(`${key}\n${values}`, row);
    }
  }
  const sorted = [...rows.values()].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const shared = (key: string): boolean => sorted.filter((row) => row.key === key).length > 1;
  return sorted.map(({ key, values, metrics: users }) => {
    const where = shared(key) ? code(users) : "wherever it stands";
    return `| \`${key}\` | ${attributeNotes[key]?.[0] ?? ""} | ${values} | ${where} |`;
  });
}

/** Fields that all have, and those that only one has. */
function ownFields(all: Readonly<Record<string, Fields>>): { readonly common: string[]; readonly own: (name: string) => string[] } {
  const tables = Object.values(all);
  const common = Object.keys(tables[0] ?? {}).filter((key) => tables.every((fields) => Object.hasOwn(fields, key)));
  return { common, own: (name) => Object.keys(all[name] ?? {}).filter((key) => !common.includes(key)) };
}

const valuesOf = (field: Field): string => (field.kind === "closed" ? ` (${field.values.join(", ")})` : "");

/** docs/metrics.md: the vocabulary for people. */
export function metricsPage(): string {
  const metricSections = sections.map(
    ([section, title, about]) => `## ${title}

${about}

| Name | Instrument (buckets) | Unit | Prometheus name | Attributes | Meaning |
|---|---|---|---|---|---|
${allMetrics
  .filter(([, record]) => sectionOf(record) === section)
  .map(([name, record]) => metricRow(name, record))
  .join("\n")}
`,
  );
  const bucketRows = Object.entries(buckets).map(([name, bounds]) => `| ${name} | ${bounds.join(", ")} |`);
  const resourceRows = Object.entries(resourceAttributes).map(
    ([key, { senders, label, description }]) =>
      `| \`${key}\` | ${senders.join(", ")} | ${label ? `\`${label}\`` : "none"} | ${description} |`,
  );
  const spanFields = ownFields(Object.fromEntries(Object.entries(spans).map(([name, { attributes }]) => [name, attributes])));
  const spanRows = Object.entries(spans).map(([name, { kind, attributes }]) => {
    const { senders, description } = spanNotes[name as SpanName];
    const fields: Fields = attributes;
    const own = spanFields.own(name).map((key) => `\`${key}\`${fields[key] ? valuesOf(fields[key]) : ""}`);
    return `| \`${name}\` | ${kind} | ${senders.join(", ")} | ${description} | ${own.join(", ")} |`;
  });
  const eventFields = ownFields(Object.fromEntries(Object.entries(events).map(([name, { fields }]) => [name, fields])));
  const eventRows = Object.entries(events).map(
    ([name, { description }]) =>
      `| \`${name}\` | ${description} | ${eventFields
        .own(name)
        .map((key) => `\`${key}\``)
        .join(", ")} |`,
  );
  return `# Metrics, spans and events

Generated from \`packages/telemetry/src/registry\` by \`pnpm generate\` (\`packages/telemetry/scripts/generate.ts\`): change
the registry, not this page. A test fails when the two differ.

Names carry neither unit nor \`total\`; Prometheus gets them from the OTLP translation, and the relay's own \`/metrics\` writes
the same names. A histogram has the series \`_bucket\`, \`_sum\` and \`_count\`. Attributes have closed values; a value outside
becomes the last one. "(gateway)" marks what only the gateway sets. ‡ is a stable name, † a metric whose points may carry the
id of a sampled trace.

From the same registry come, beside this page: the names in Prometheus (\`packages/telemetry/gen/prometheus-names.json\`), what the
gateway takes from the audience and how it clamps it (\`gateway-allowlist.json\`), the registry in the form of OpenTelemetry Weaver
(\`gen/weaver\`), and the collector's lists (\`infra/collector/filter.yaml\`, \`filter-players.yaml\`, \`identity.yaml\`). Queries are
held against it by \`QueryChecker\` of \`@moqscope/telemetry/check\`.

${metricSections.join("\n")}
## Attributes

| Key | Meaning | Values | On |
|---|---|---|---|
${attributeRows().join("\n")}

## Buckets

Upper bounds; the bucket above the last is implied. Bounds are part of a metric's identity.

| Set | Bounds |
|---|---|
${bucketRows.join("\n")}

## Resource attributes

What a sender says of itself once per export.

| Key | Of | Label | Meaning |
|---|---|---|---|
${resourceRows.join("\n")}

## Spans

Each may carry ${code(spanFields.common)}.

| Name | Kind | By | Begin to end | Attributes of its own |
|---|---|---|---|---|
${spanRows.join("\n")}

## Events

One JSON line on stderr in Node processes, and an OTLP log record with the same fields. Each may carry
${code(eventFields.common)}.

| Name | Message unless given | Fields of its own |
|---|---|---|
${eventRows.join("\n")}

## Not recorded

What the vocabulary holds and nobody records so far: a panel over it would be empty.

| Names | Why |
|---|---|
${notRecorded.map(({ names, why }) => `| ${code(names)} | ${why} |`).join("\n")}
`;
}
