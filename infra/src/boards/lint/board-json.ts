/** A dashboard as Grafana reads it, as far as its rules ask. */
export interface BoardJson {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly panels: readonly PanelJson[];
  readonly annotations: { readonly list: readonly AnnotationJson[] };
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly links: readonly { readonly keepTime: boolean; readonly includeVars: boolean }[];
}
export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: SourceJson;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly TargetJson[];
  readonly links?: readonly { readonly url?: string }[];
  readonly repeat?: string;
  readonly collapsed?: boolean;
  readonly panels?: readonly PanelJson[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly noValue?: string };
    readonly overrides?: readonly {
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
}
export interface TargetJson {
  readonly refId?: string;
  readonly expr?: string;
  readonly query?: string;
  readonly legendFormat?: string;
  readonly exemplar?: boolean;
  readonly datasource?: SourceJson;
}
export interface SourceJson {
  readonly type: string;
  readonly uid: string;
}
interface AnnotationJson {
  readonly name: string;
  readonly expr: string;
  readonly datasource: SourceJson;
}
interface VariableJson {
  readonly type: string;
  readonly name: string;
  readonly query?: unknown;
  readonly refresh?: number;
  readonly definition?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly datasource?: SourceJson;
}

/** Panels that draw something: all but rows. */
export function drawn(board: BoardJson): readonly PanelJson[] {
  return board.panels.filter(({ type }) => type !== "row");
}
/** A query with where it stands. */
export interface Placed {
  readonly where: string;
  readonly text: string;
  readonly target: TargetJson;
}
/** Queries of a board for one kind of data source. */
export function queriesOf(board: BoardJson, type: "prometheus" | "loki" | "tempo"): readonly Placed[] {
  return drawn(board).flatMap(({ title = "", targets = [] }) =>
    targets.flatMap((target, at) =>
      target.datasource?.type === type ? [{ where: `${title} #${at + 1}`, text: target.expr ?? target.query ?? "", target }] : [],
    ),
  );
}
