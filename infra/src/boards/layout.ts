import type { BoardJson, PanelJson } from "./lint/board-json.ts";

/** Columns of Grafana's grid; a row of it is 30 px and 8 px between two. */
const columns = 24;
/** Rows that each kind of panel needs to be read, and those after which it fills a screen. */
const heights = { stat: [3, 8], others: [7, 16] } as const;

/** What is wrong with where the panels of a board stand, in words. */
export function layoutProblems({ panels }: Pick<BoardJson, "panels">): readonly string[] {
  const rows = panels.filter(({ type }) => type === "row");
  return [
    ...panels.flatMap((panel) => shapeProblems(panel)),
    ...panels.flatMap((one, at) =>
      panels.slice(at + 1).flatMap((other) => (overlap(one, other) ? [`${name(one)} lies upon ${name(other)}`] : [])),
    ),
    ...rows.flatMap((row) => (isEmpty(row, panels) ? [`${name(row)} is empty`] : [])),
  ];
}

const name = ({ title = "", id }: PanelJson): string => `${title} (${id})`;

function shapeProblems(panel: PanelJson): readonly string[] {
  const { x, y, w, h } = panel.gridPos;
  const isInside = x >= 0 && y >= 0 && w >= 1 && x + w <= columns;
  if (panel.type === "row") return isInside && h === 1 && w === columns ? [] : [`${name(panel)} is no whole row`];
  const [least, most] = panel.type === "stat" ? heights.stat : heights.others;
  return [
    ...(isInside ? [] : [`${name(panel)} stands out of the ${columns} columns`]),
    ...(h >= least && h <= most ? [] : [`${name(panel)} is ${h} high`]),
    ...(w >= 3 ? [] : [`${name(panel)} is ${w} wide`]),
  ];
}

function overlap({ gridPos: a }: PanelJson, { gridPos: b }: PanelJson): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** A row of the board with no panel before the next one. */
function isEmpty(row: PanelJson, panels: readonly PanelJson[]): boolean {
  const after = panels[panels.indexOf(row) + 1];
  return (row.panels ?? []).length === 0 && (after === undefined || after.type === "row");
}
