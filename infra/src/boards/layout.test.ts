import { expect, test } from "vitest";
import { boards } from "./index.ts";
import { render } from "./kit/board.ts";
import { layoutProblems } from "./layout.ts";
import type { BoardJson, PanelJson } from "./lint/board-json.ts";

test.each(boards.map((board): [string, BoardJson] => [board.uid, render(board) as BoardJson]))(
  "%s: no panel lies upon another, stands out of the grid or cannot be read, and no row is empty",
  (_uid, board) => {
    expect(layoutProblems(board)).toEqual([]);
  },
);

const at = (id: number, type: string, [x, y, w, h]: readonly [number, number, number, number]): PanelJson => ({
  id,
  type,
  title: type,
  gridPos: { x, y, w, h },
});

test.each<[string, readonly PanelJson[], string]>([
  ["overlap", [at(1, "table", [0, 0, 12, 8]), at(2, "logs", [11, 7, 12, 8])], "table (1) lies upon logs (2)"],
  ["overflow", [at(1, "table", [13, 0, 12, 8])], "table (1) stands out of the 24 columns"],
  ["a flat panel", [at(1, "logs", [0, 0, 12, 3])], "logs (1) is 3 high"],
  ["a narrow panel", [at(1, "stat", [0, 0, 2, 4])], "stat (1) is 2 wide"],
  ["half a row", [at(1, "row", [0, 0, 12, 1]), at(2, "logs", [0, 1, 12, 8])], "row (1) is no whole row"],
  ["an empty row", [at(1, "row", [0, 0, 24, 1]), at(2, "row", [0, 1, 24, 1]), at(3, "logs", [0, 2, 12, 8])], "row (1) is empty"],
])("%s is found", (_what, panels, problem) => {
  expect(layoutProblems({ panels })).toEqual([problem]);
});
