import { prometheusLabel, prometheusName } from "@moqscope/telemetry";
import type { Exemplar, OwnService, SeriesView } from "./series-view.ts";
import { exemplarKeptMs } from "./series-view.ts";

/** How a page of metrics is written: Prometheus text 0.0.4, or OpenMetrics 1.0 with units, times of birth and exemplars. */
export type Exposition = "text" | "openmetrics";

/** Media types of the two. */
export const expositionTypes: Readonly<Record<Exposition, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The form that a request's Accept prefers; text where it names neither. */
export function expositionFor(accept: string): Exposition {
  const open = qualityOf(accept, "application/openmetrics-text");
  return open > 0 && open >= qualityOf(accept, "text/plain") ? "openmetrics" : "text";
}

function qualityOf(accept: string, type: string): number {
  let best = 0;
  for (const part of accept.split(",")) {
    const [name, ...parameters] = part.split(";").map((each) => each.trim().toLowerCase());
    if (name !== type) continue;
    const given = parameters.find((each) => each.startsWith("q="));
    const quality = given === undefined ? 1 : Number(given.slice(2));
    best = Math.max(best, Number.isNaN(quality) ? 0 : quality);
  }
  return best;
}

export interface ExpositionParts {
  readonly instance: string;
  readonly cloudRegion: string | undefined;
  readonly nowMs: number;
  readonly exposition: Exposition;
}

/**
 * This process' series for a Prometheus that scrapes it, for set-ups without a collector: the names that the OTLP translation gives, and
 * `job`, `instance` and `cloud_region` on every series (metrics.md, section 1).
 */
export function exposition(services: readonly OwnService[], parts: ExpositionParts): string {
  const families = new Map<string, { readonly first: SeriesView; readonly members: Member[] }>();
  for (const { service, series } of services) {
    const region = parts.cloudRegion === undefined ? "" : `,${label("cloud_region", parts.cloudRegion)}`;
    const identity = `${label("job", service)},${label("instance", parts.instance)}${region}`;
    for (const each of series) {
      const family = families.get(each.name);
      const member = { series: each, identity };
      if (family === undefined) families.set(each.name, { first: each, members: [member] });
      else family.members.push(member);
    }
  }
  const page = new Page(parts);
  for (const { first, members } of families.values()) page.family(first, members);
  return page.text();
}

interface Member {
  readonly series: SeriesView;
  readonly identity: string;
}

class Page {
  readonly #isOpen: boolean;
  readonly #nowMs: number;
  readonly #lines: string[] = [];

  constructor({ exposition: form, nowMs }: ExpositionParts) {
    this.#isOpen = form === "openmetrics";
    this.#nowMs = nowMs;
  }

  family(first: SeriesView, members: readonly Member[]): void {
    const { name, record } = first;
    const translated = prometheusName(name, record);
    const isCounter = record.instrument === "counter";
    // OpenMetrics names the family, the older form the series
    const title = isCounter && this.#isOpen ? translated.replace(/_total$/, "") : translated;
    const type = record.instrument === "updowncounter" ? "gauge" : record.instrument;
    this.#lines.push(`# HELP ${title} ${escapeHelp(record.description)}`, `# TYPE ${title} ${type}`);
    const unit = this.#isOpen ? unitAtEnd(title) : undefined;
    if (unit !== undefined) this.#lines.push(`# UNIT ${title} ${unit}`);
    for (const member of members) {
      if (record.instrument === "histogram") this.#histogram(title, member);
      else this.#number(translated, member);
      if (this.#isOpen && (isCounter || record.instrument === "histogram"))
        this.#lines.push(`${title}_created{${labels(member)}} ${member.series.startMs / 1000}`);
    }
  }

  text(): string {
    if (this.#isOpen) this.#lines.push("# EOF");
    return this.#lines.length === 0 ? "" : `${this.#lines.join("\n")}\n`;
  }

  #number(name: string, member: Member): void {
    const { row, exemplars } = member.series;
    this.#lines.push(`${name}{${labels(member)}} ${spelled(row[0] ?? 0)}${this.#exemplar(exemplars[0])}`);
  }

  #histogram(name: string, member: Member): void {
    const { row, bounds = [], exemplars } = member.series;
    const all = labels(member);
    let below = 0;
    for (let bucket = 0; bucket <= bounds.length; bucket++) {
      below += row[2 + bucket] ?? 0;
      const bound = bounds[bucket];
      const le = bound === undefined ? "+Inf" : boundText(bound);
      this.#lines.push(`${name}_bucket{${all},${label("le", le)}} ${spelled(below)}${this.#exemplar(exemplars[bucket])}`);
    }
    this.#lines.push(`${name}_sum{${all}} ${spelled(row[1] ?? 0)}`, `${name}_count{${all}} ${spelled(row[0] ?? 0)}`);
  }

  #exemplar(exemplar: Exemplar | undefined): string {
    if (!this.#isOpen || exemplar === undefined || this.#nowMs - exemplar.atMs > exemplarKeptMs) return "";
    const ids = `${label("trace_id", exemplar.traceId)},${label("span_id", exemplar.spanId)}`;
    return ` # {${ids}} ${spelled(exemplar.value)} ${exemplar.atMs / 1000}`;
  }
}

const unitWords = ["seconds", "bytes", "ratio", "bit_per_second"] as const;

/** OpenMetrics wants a unit to end the name; one inside it is not told. */
function unitAtEnd(name: string): string | undefined {
  return unitWords.find((unit) => name.endsWith(`_${unit}`));
}

function labels({ series, identity }: Member): string {
  let text = identity;
  for (const [key, value] of Object.entries(series.attributes)) text += `,${label(prometheusLabel(key), value)}`;
  return text;
}

function label(name: string, value: string): string {
  return `${name}="${value.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`))}"`;
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (char) => (char === "\n" ? "\\n" : "\\\\"));
}

/** Whole bounds carry `.0`, as Prometheus 3 stores them from a scrape. */
function boundText(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function spelled(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}
