import { describe, test } from "vitest";
import { mixes } from "./world/arbitrary-world.ts";
import { holds } from "./world/holds.ts";
import { separatePages } from "./world/pages.ts";

separatePages();

describe("whatever happens, every total is exactly what was delivered, and never above the truth:", { timeout: 120_000 }, () => {
  test.each(mixes)("$name", (mix) => holds(mix, 5));
});
