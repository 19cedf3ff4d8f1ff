import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { outputFolders, outputs } from "./outputs.ts";

const folder = join(import.meta.dirname, "..");
const files = outputs();

test.each([...files])("%s is what pnpm generate writes", (path, text) => {
  expect(readFileSync(join(folder, path), "utf8")).toBe(text);
});
test.each(outputFolders)("%s holds nothing else", (place) => {
  expect(
    readdirSync(join(folder, place))
      .map((name) => `${place}/${name}`)
      .toSorted(),
  ).toEqual([...files.keys()].filter((path) => path.startsWith(`${place}/`)).toSorted());
});
