import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { boardAddress } from "./links.ts";

export type Panel = Builder<dashboard.Panel>;
export interface PanelText {
  readonly title: string;
  /** What it shows and how to read it. */
  readonly description: string;
  /** Of Grafana's list. */
  readonly unit: string;
  /** What a panel without data says: who is silent. */
  readonly silent?: string;
  /** Of 24 columns. */
  readonly span?: number;
  /** Rows of the grid, where it stands beside what is higher than its kind. */
  readonly height?: number;
  /** The board that has the parts of what is seen here, by uid. */
  readonly leadsTo?: string;
}

/** The one data source of metrics of a board. */
export const source: common.DataSourceRef = { type: "prometheus", uid: "${datasource}" };
export const traces: common.DataSourceRef = { type: "tempo", uid: "tempo" };
export const lines: common.DataSourceRef = { type: "loki", uid: "loki" };

/** What every panel of Grafana can be told, whatever it draws. */
interface Headed {
  title(title: string): this;
  description(description: string): this;
  datasource(datasource: common.DataSourceRef): this;
  noValue(text: string): this;
  unit(unit: string): this;
  span(columns: number): this;
  height(rows: number): this;
  links(links: Builder<dashboard.DashboardLink>[]): this;
}
interface Shape {
  /** Columns where the text asks for none, and rows. */
  readonly span: number;
  readonly height: number;
  readonly from?: common.DataSourceRef;
}

/** Gives a panel its head: title, description, data source, unit, place, what it says without data and where it leads. */
export function headed<B extends Headed>(panel: B, text: PanelText, { span, height, from = source }: Shape): B {
  panel
    .title(text.title)
    .description(text.description)
    .datasource(from)
    .unit(text.unit)
    .noValue(text.silent ?? "No data")
    .span(text.span ?? span)
    .height(text.height ?? height);
  if (text.leadsTo !== undefined)
    panel.links([
      new dashboard.DashboardLinkBuilder("Its parts")
        .type(dashboard.DashboardLinkType.Link)
        .icon("dashboard")
        .url(boardAddress(text.leadsTo)),
    ]);
  return panel;
}
