import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { components } from "./components.ts";
import { type Cell, cells, fateOf, type Offers, ourOffers } from "./matrix.ts";
import { split } from "./quic/section.ts";
import { groupsPerCell, play } from "./scenario.ts";
import { meet, offersOf } from "./support/meet.ts";
import { render } from "./table.ts";

const page = fileURLToPath(new URL("../../../docs/interop.md", import.meta.url));
const offers: Offers = {
  "our client": await ourOffers(),
  "@moq/net 0.3.4": await offersOf("@moq/net 0.3.4"),
  "@moq/lite 0.2.2": await offersOf("@moq/lite 0.2.2"),
};

// The released libraries tell the console of every connection.
beforeAll(() => {
  for (const level of ["debug", "log", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterAll(() => vi.restoreAllMocks());

const results = new Map<Cell, "passed" | "failed">();
const played = cells.filter((cell) => fateOf(cell, offers).kind === "played");

describe(`${groupsPerCell} groups, late join, unsubscribe, unannounce and loss`, () => {
  test.each(played.map((cell) => [title(cell), cell] as const))("%s", async (_, cell) => {
    results.set(cell, "failed");
    const meeting = await meet(cell);
    try {
      expect(meeting.agreed).toBe(cell.row.version);
      await play(meeting, cell.row.version === "moq-lite-05");
      results.set(cell, "passed");
    } finally {
      await meeting.close();
    }
  });
});

test("docs/interop.md tells what came of this run (with -u it is written anew)", async ({ skip }) => {
  if (results.size < played.length) skip("only a part of the matrix was run");
  const { overQuic } = split(await readFile(page, "utf8"));
  await expect(`${render(results, offers, components())}\n${overQuic}`).toMatchFileSnapshot(page);
});

function title({ row, server, client, direction }: Cell): string {
  return `${server} with ${client} that ${direction === "publish" ? "publishes" : "subscribes"}: ${row.version} over ${row.name || "no subprotocol"}`;
}
