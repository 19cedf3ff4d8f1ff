import { type AttributeSet, fallbackOf } from "../src/registry/attribute-set.ts";
import { buckets } from "../src/registry/buckets.ts";
import { events } from "../src/registry/events.ts";
import type { MetricRecord } from "../src/registry/metric-record.ts";
import { metrics } from "../src/registry/metrics.ts";
import { prometheusLabel, prometheusName } from "../src/registry/prometheus-name.ts";
import { spans } from "../src/registry/spans.ts";

/** The files that come from the registry, by path from the top of the repository. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const all: readonly (readonly [string, MetricRecord])[] = Object.entries(metrics);
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

function prometheusNames(): Record<string, unknown> {
  return Object.fromEntries(
    all.map(([name, record]) => {
      const prometheus = prometheusName(name, record);
      const series = record.instrument === "histogram" ? ["bucket", "sum", "count"].map((part) => `${prometheus}_${part}`) : [prometheus];
      return [name, { name: prometheus, series, labels: Object.keys(record.attributes).map(prometheusLabel) }];
    }),
  );
}

function allowedSet(set: AttributeSet): unknown {
  const derived = set.derived === true ? { derived: true } : {};
  if (set.kind === "open") return { open: true, bound: set.bound, maxBytes: set.maxBytes, fallback: fallbackOf(set), ...derived };
  return { values: set.values, fallback: fallbackOf(set), ...derived };
}

/** What the gateway takes from players: anything else is refused. */
function allowList(): Record<string, unknown> {
  const player = all.filter(([, { sender }]) => sender === "player");
  return Object.fromEntries(
    player.map(([name, record]) => [
      name,
      {
        type: record.instrument === "histogram" ? "histogram" : "sum",
        unit: record.unit,
        temporality: "cumulative",
        monotonic: record.instrument === "counter",
        ...(record.instrument === "histogram" ? { bounds: buckets[record.buckets] } : {}),
        ...(record.clamp === undefined ? {} : { clamp: record.clamp }),
        attributes: Object.fromEntries(Object.entries(record.attributes).map(([key, set]) => [key, allowedSet(set)])),
      },
    ]),
  );
}

const senders = [
  ["player", "Player", "`service.name` moq-player: sent per session, cumulative, merged over the fleet by the gateway."],
  ["relay", "Relay", "`service.name` moq-relay."],
  ["gateway", "Gateway", "`service.name` moq-gateway: what the gateway reports of itself."],
  ["process", "Process", "Every Node process of ours, beside its own metrics."],
] as const;
const instruments = { counter: "counter", histogram: "histogram", updowncounter: "up-down counter", gauge: "gauge" } as const;
const cell = (text: string): string => text.replaceAll("|", "\\|");

function attributeList(record: MetricRecord): string {
  const keys = Object.entries(record.attributes).map(([key, set]) => `\`${key}\`${set.derived === true ? " (gateway)" : ""}`);
  return keys.length === 0 ? "none" : keys.join(", ");
}

function metricRows(sender: MetricRecord["sender"]): string[] {
  return all
    .filter(([, record]) => record.sender === sender)
    .map(([name, record]) => {
      const shape = record.instrument === "histogram" ? `histogram (${record.buckets})` : instruments[record.instrument];
      const mark = record.stability === "stable" ? " ‡" : "";
      const prometheus = `\`${prometheusName(name, record)}\``;
      return `| \`${name}\`${mark} | ${shape} | \`${record.unit}\` | ${prometheus} | ${attributeList(record)} | ${cell(record.description)} |`;
    });
}

/** Sets as they are used: one row per key and values, with the metrics that have it where a key means several. */
function attributeRows(): string[] {
  const rows = new Map<string, { readonly key: string; readonly values: string; readonly metrics: string[] }>();
  for (const [name, record] of all) {
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
    const where = shared(key) ? users.map((name) => `\`${name}\``).join(", ") : "wherever it stands";
    return `| \`${key}\` | ${values} | ${where} |`;
  });
}

function document(): string {
  const sections = senders.map(
    ([sender, title, about]) => `## ${title}

${about}

| Name | Instrument (buckets) | Unit | Prometheus name | Attributes | Meaning |
|---|---|---|---|---|---|
${metricRows(sender).join("\n")}
`,
  );
  const bucketRows = Object.entries(buckets).map(([name, bounds]) => `| ${name} | ${bounds.join(", ")} |`);
  const eventRows = Object.entries(events).map(
    ([name, { description, fields }]) =>
      `| \`${name}\` | ${description} | ${Object.keys(fields)
        .map((key) => `\`${key}\``)
        .join(", ")} |`,
  );
  const spanRows = Object.entries(spans).map(
    ([name, fields]) =>
      `| \`${name}\` | ${Object.keys(fields)
        .map((key) => `\`${key}\``)
        .join(", ")} |`,
  );
  return `# Metrics, spans and events

Generated from \`packages/telemetry/src/registry\` by \`pnpm generate\` (\`packages/telemetry/scripts/generate.ts\`): change
the registry, not this page. A test fails when the two differ.

Names carry neither unit nor \`total\`; Prometheus gets them from the OTLP translation, and the relay's own \`/metrics\` writes
the same names. A histogram has the series \`_bucket\`, \`_sum\` and \`_count\`. Attributes have closed values; a value outside
becomes the last one. "(gateway)" marks what only the gateway sets. ‡ is a stable name.

${sections.join("\n")}
## Attributes

| Key | Values | On |
|---|---|---|
${attributeRows().join("\n")}

## Buckets

Upper bounds; the bucket above the last is implied. Bounds are part of a metric's identity.

| Set | Bounds |
|---|---|
${bucketRows.join("\n")}

## Spans

| Name | Attributes |
|---|---|
${spanRows.join("\n")}

## Events

One JSON line on stderr in Node processes, and an OTLP log record with the same fields.

| Name | Message unless given | Fields |
|---|---|---|
${eventRows.join("\n")}
`;
}

export function generatedFiles(): readonly GeneratedFile[] {
  return [
    { path: "docs/metrics.md", text: document() },
    { path: "packages/telemetry/gen/prometheus-names.json", text: json(prometheusNames()) },
    { path: "packages/telemetry/gen/gateway-allowlist.json", text: json(allowList()) },
  ];
}
