import type { AlertGroup, AlertingRule, RecordingRule, RuleGroup } from "./rule.ts";

/** How rules are rendered. */
export interface RenderOptions {
  /**
   * Every duration (windows, offsets, `for`, intervals) is divided by this, so that a test need not wait: with 30, an hour is 2 minutes.
   * What is rendered so needs exports each second and `--query.lookback-delta` divided alike; thresholds stay. Default 1.
   */
  readonly durationDivisor?: number;
}

/** A rule file of Prometheus (YAML). Throws RangeError where a divided duration would be less than a millisecond. */
export function renderPrometheusRules(groups: readonly (RuleGroup | AlertGroup)[], { durationDivisor = 1 }: RenderOptions = {}): string {
  const time = (seconds: number): string => duration((seconds * 1000) / durationDivisor);
  const expression = (expr: string): string =>
    expr.replaceAll(
      /(\[|offset )(\d+)([smhd])/g,
      (_, before: string, count: string, unit: string) => `${before}${time(Number(count) * (unitSeconds[unit] ?? 1))}`,
    );
  const lines = ["groups:"];
  for (const { name, intervalSeconds, rules } of groups) {
    lines.push(`  - name: ${quoted(name)}`, `    interval: ${time(intervalSeconds)}`, "    rules:");
    for (const rule of rules) lines.push(...ruleLines(rule, { time, expression }));
  }
  return `${lines.join("\n")}\n`;
}

interface Scale {
  readonly time: (seconds: number) => string;
  readonly expression: (expr: string) => string;
}

function ruleLines(rule: RecordingRule | AlertingRule, { time, expression }: Scale): string[] {
  const expr = `        expr: ${quoted(expression(rule.expr))}`;
  if ("record" in rule) return [`      - record: ${quoted(rule.record)}`, expr];
  const { alert, forSeconds, keepFiringForSeconds = 0, labels, annotations } = rule;
  return [
    `      - alert: ${quoted(alert)}`,
    expr,
    ...(forSeconds === 0 ? [] : [`        for: ${time(forSeconds)}`]),
    ...(keepFiringForSeconds === 0 ? [] : [`        keep_firing_for: ${time(keepFiringForSeconds)}`]),
    ...mapLines("labels", labels),
    ...mapLines("annotations", annotations),
  ];
}

function mapLines(key: string, values: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(values);
  return entries.length === 0 ? [] : [`        ${key}:`, ...entries.map(([name, value]) => `          ${name}: ${quoted(value)}`)];
}

/** A scalar of YAML on one line: within single quotes only the quote itself is special. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''").replaceAll(/\s*\n\s*/g, " ")}'`;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const steps = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

/** A duration as Prometheus writes it, in the largest unit that is whole. */
function duration(ms: number): string {
  const whole = Math.round(ms);
  if (whole < 1) throw new RangeError(`a duration of ${ms} ms cannot be written: divide by less`);
  const [unit, size] = steps.find(([, each]) => whole % each === 0) ?? ["ms", 1];
  return `${whole / size}${unit}`;
}
