import { it } from "vitest";
import { expectOrder } from "./expectations.ts";

it("ten minutes of 200 viewers and 20 publishers, with one relay of three killed each minute, leave nothing behind", async () => {
  await expectOrder({ viewers: 200, stations: 20, intruders: 10, warmMs: 60_000, runMs: 600_000, killEveryMs: 60_000 });
}, 1_200_000);
