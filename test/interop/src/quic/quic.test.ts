import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { quicAvailable } from "@moqscope/quic";
import { describe, expect, test } from "vitest";
import { foreignProgram } from "../../../../scripts/foreign/installed.ts";
import { groupsPerCell, play } from "../scenario.ts";
import { type QuicCell, quicCells, quicTitle } from "./matrix.ts";
import { meetOverQuic } from "./meet.ts";
import { cliPublishes, cliSubscribes } from "./moq-cli.ts";
import { quicSection, split } from "./section.ts";
import { serve } from "./servers.ts";

const addon = quicAvailable();
const relay = foreignProgram("moq-relay");
if (!addon.available) process.stderr.write(`no interop over QUIC: ${addon.reason}\n`);
else if (!relay) process.stderr.write("no interop with moq-relay over QUIC: pnpm foreign:build makes it\n");

const cli = foreignProgram("moq-cli");
if (!cli) process.stderr.write("no interop with moq-cli over QUIC: pnpm foreign:build makes it\n");

const results = new Map<QuicCell, "passed" | "failed">();
const there = quicCells.filter(({ server }) => server === "our relay" || relay !== undefined);
const ours = there.filter(({ client }) => client === "our client");
const theirs = there.filter(({ client }) => client !== "our client" && cli !== undefined);

describe.skipIf(!addon.available)(`${groupsPerCell} groups, late join, unsubscribe, unannounce and loss over QUIC`, () => {
  test.each(ours.map((cell) => [quicTitle(cell), cell] as const))("%s", async (_, cell) => {
    results.set(cell, "failed");
    const meeting = await meetOverQuic(cell, { relay: relay ?? "" });
    try {
      expect(meeting.agreed).toBe(cell.version);
      await play(meeting, cell.version === "moq-lite-05");
      results.set(cell, "passed");
    } finally {
      await meeting.close();
    }
  });
});

describe.skipIf(!addon.available || theirs.length === 0)("240 pictures of fragmented MP4 over QUIC, each a group", () => {
  if (theirs.length === 0) test.skip("no moq-cli: pnpm foreign:build makes it");
  test.each(theirs.map((cell) => [quicTitle(cell), cell] as const))("%s", { timeout: 60_000 }, async (_, cell) => {
    results.set(cell, "failed");
    const serving = await serve(cell.server, cell.version, { relay: relay ?? "" });
    try {
      const move = cell.direction === "publish" ? cliPublishes : cliSubscribes;
      const { groups } = await move(cli ?? "", cell, serving.port);
      expect(groups).toBeGreaterThanOrEqual(groupsPerCell);
      results.set(cell, "passed");
    } finally {
      await serving.close();
    }
  });
});

test("docs/interop.md tells what came of this run over QUIC (with -u it is written anew)", async ({ skip }) => {
  if (results.size < quicCells.length) skip("only a part of the matrix was run");
  const page = fileURLToPath(new URL("../../../../docs/interop.md", import.meta.url));
  const { overWebSocket } = split(await readFile(page, "utf8"));
  await expect(`${overWebSocket.trimEnd()}\n\n${quicSection(results)}`).toMatchFileSnapshot(page);
});
