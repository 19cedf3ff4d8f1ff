import { it } from "vitest";
import { expectOrder } from "../chaos/expectations.ts";

// The ten minutes with 200 viewers and 20 publishers are in `chaos.soak.test.ts`; this is the same, smaller, in two.
it("whatever viewers, publishers and intruders do while relays are killed, those who watch what is live see it, and nothing is left of it", async () => {
  await expectOrder({ viewers: 80, stations: 10, intruders: 6, warmMs: 30_000, runMs: 55_000, killEveryMs: 12_000 });
}, 300_000);
