import { describe, test } from "vitest";
import { mixes, mostSessions } from "../world/arbitrary-world.ts";
import { holds } from "../world/holds.ts";
import { separatePages } from "../world/pages.ts";

separatePages();

const most = 40_000;
const sessions = Math.min(Number(process.env["MOQSCOPE_FUZZ_RUNS"] ?? most), most);

describe(`in ${sessions} random sessions every total is exactly what was delivered, and never above the truth:`, {
  timeout: 3 * 3_600_000,
}, () => {
  test.each(mixes)("$name", (mix) => holds(mix, Math.ceil((sessions * 2) / (mostSessions + 1))));
});
