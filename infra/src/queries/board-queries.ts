import { readdirSync, readFileSync } from "node:fs";

/** Who answers a query: the type of its data source. */
export type Asked = "prometheus" | "loki" | "tempo";
/** A query of a committed dashboard. */
export interface BoardQuery {
  /** Of the board. */
  readonly uid: string;
  /** Board, panel, variable or annotation, and which of its queries. */
  readonly name: string;
  readonly asks: Asked;
  /** As it is written, with Grafana's variables. */
  readonly expr: string;
}

const boards = new URL("../../grafana/dashboards/", import.meta.url);
interface Target {
  readonly datasource?: { readonly type: string };
  readonly expr?: string;
  readonly query?: string;
}
interface Panel {
  readonly title?: string;
  readonly targets?: readonly Target[];
  readonly panels?: readonly Panel[];
}
interface Board {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly datasource?: Target["datasource"]; readonly target?: Target }[];
  };
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query?: unknown }[] };
}

/** Every query of every committed dashboard: of its panels and its annotations. */
export function boardQueries(): readonly BoardQuery[] {
  return boardsOf().flatMap(({ uid, panels, annotations }) => [
    ...panels.flatMap((panel) => ofPanel(uid, panel)),
    ...annotations.list.flatMap(({ name, datasource, target }) =>
      target === undefined ? [] : asked(uid, `annotation ${name}`, [{ ...target, ...(datasource === undefined ? {} : { datasource }) }]),
    ),
  ]);
}

/** Every variable of every committed dashboard that asks Prometheus, as the series it reads and the label whose values it takes. */
export function boardVariables(): readonly (BoardQuery & { readonly label: string })[] {
  return boardsOf().flatMap(({ uid, templating }) =>
    templating.list
      .filter(({ type }) => type === "query")
      .map(({ name, query }) => {
        const text = typeof query === "string" ? query : ((query as { readonly query?: string }).query ?? "");
        const [, expr = "", label = ""] = /^label_values\((.+), *(\w+)\)$/.exec(text) ?? [];
        return { uid, name: `${uid}: variable ${name}`, asks: "prometheus", expr, label };
      }),
  );
}

/** What stands for a variable that holds one value; the others are at All. */
export type Values = Readonly<Record<string, string>>;

/** A query as Grafana sends it, with every variable at All unless its value is given. */
export function concrete(expr: string, values: Values = {}): string {
  const given = Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`$${name}`, value), expr);
  return given
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$__range", "30m")
    .replaceAll(/=~"\$\w+"/g, '=~".*"');
}

function boardsOf(): Board[] {
  return readdirSync(boards).map((file) => JSON.parse(readFileSync(new URL(file, boards), "utf8")) as Board);
}

function ofPanel(uid: string, { title = "", targets = [], panels = [] }: Panel): BoardQuery[] {
  return [...asked(uid, title, targets), ...panels.flatMap((panel) => ofPanel(uid, panel))];
}

function asked(uid: string, of: string, targets: readonly Target[]): BoardQuery[] {
  return targets.flatMap(({ datasource, expr, query }, at) => {
    const type = datasource?.type;
    if (type !== "prometheus" && type !== "loki" && type !== "tempo") return [];
    return [{ uid, name: `${uid}: ${of} #${at + 1}`, asks: type, expr: expr ?? query ?? "" }];
  });
}
