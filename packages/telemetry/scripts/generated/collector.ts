import { type ClosedSet, fallbackOf } from "../../src/registry/attribute-set.ts";
import type { MetricRecord } from "../../src/registry/metric-record.ts";
import { services } from "../../src/registry/resource.ts";
import { allMetrics } from "./registry.ts";

const head = "# From packages/telemetry/src/registry, by pnpm generate.\n";
const text = (value: string): string => JSON.stringify(value);

/** Which senders' metrics leave under a service's name. Every Node process adds those of the process. */
const sendersOf: Readonly<Record<keyof typeof services, (record: MetricRecord) => boolean>> = {
  player: ({ sender, service }) => sender === "player" || service === services.player,
  publisher: ({ sender }) => sender === "publisher" || sender === "process",
  relay: ({ sender }) => sender === "relay" || sender === "process",
  gateway: ({ sender, service }) => (sender === "gateway" && service === undefined) || sender === "process",
};

const namesOf = (wanted: (record: MetricRecord) => boolean): string[] =>
  allMetrics.filter(([, record]) => wanted(record)).map(([name]) => name);

/** A condition over several lines: OTTL reads a line break as a space. */
const condition = (parts: readonly string[], indent: string): string =>
  [`${indent}- >-`, ...parts.map((part) => `${indent}  ${part}`)].join("\n");

function filter(conditions: readonly string[]): string {
  return `${head}error_mode: ignore\nmetrics:\n  metric:\n${conditions.join("\n")}\n`;
}

/** Drops what calls itself one of ours and is not of the registry: one list per service. Other services pass. */
export function serviceFilter(): string {
  const kinds = Object.keys(sendersOf) as (keyof typeof services)[];
  return filter(
    kinds.map((kind) => {
      const known = namesOf(sendersOf[kind]).map((name) => `and name != ${text(name)}`);
      return condition([`resource.attributes["service.name"] == ${text(services[kind])}`, ...known], "    ");
    }),
  );
}

const isAudience = ({ sender }: MetricRecord): boolean => sender === "player" || sender === "publisher";

/** Drops what players and publishers may not send, where they reach a collector without a gateway between. */
export function audienceFilter(): string {
  const [first = "", ...rest] = namesOf(isAudience).map((name) => `name != ${text(name)}`);
  return filter([condition([first, ...rest.map((each) => `and ${each}`)], "    ")]);
}

/** An attribute of the audience's metrics with its closed set and the metrics that have it so. */
interface AudienceSet {
  readonly key: string;
  readonly set: ClosedSet;
  readonly names: string[];
}

function audienceSets(): readonly AudienceSet[] {
  const found = new Map<string, AudienceSet>();
  for (const [name, record] of allMetrics) {
    if (!isAudience(record)) continue;
    for (const [key, set] of Object.entries(record.attributes)) {
      if (set.kind !== "closed" || set.derived === true) continue;
      const id = [key, ...set.values].join("\n");
      const entry = found.get(id) ?? { key, set, names: [] };
      entry.names.push(name);
      found.set(id, entry);
    }
  }
  return [...found.values()];
}

/** A value outside its set becomes the last one, as the gateway does it. The metric matters where the key means several things. */
function fold({ key, set, names }: AudienceSet, isShared: boolean): string {
  const attribute = `attributes[${text(key)}]`;
  const metrics = names.map((name) => `metric.name == ${text(name)}`).join(" or ");
  return condition(
    [
      `set(${attribute}, ${text(fallbackOf(set))})`,
      `where ${attribute} != nil`,
      ...(isShared ? [`and (${metrics})`] : []),
      ...set.values.map((value) => `and ${attribute} != ${text(value)}`),
    ],
    "      ",
  );
}

/** Makes the audience one writer: no session, no instance, no attribute and no value that the registry does not have. */
export function audienceIdentity(): string {
  const sets = audienceSets();
  const keys = [...new Set(sets.map(({ key }) => key))].toSorted();
  const folds = sets.map((each) => fold(each, sets.filter(({ key }) => key === each.key).length > 1));
  return `${head}error_mode: ignore
metric_statements:
  - context: resource
    statements:
      - keep_keys(attributes, ["service.name"])
      - set(attributes["service.instance.id"], "\${env:HOSTNAME}")
  - context: scope
    statements:
      - set(version, "")
  - context: datapoint
    statements:
      - keep_keys(attributes, [${keys.map(text).join(", ")}])
${folds.join("\n")}
`;
}
