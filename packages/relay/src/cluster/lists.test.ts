import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@moqscope/lite/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dnsPeers } from "./dns-peers.ts";
import { filePeers } from "./file-peers.ts";
import type { PeerSource } from "./peer-source.ts";

let folder = "";
let file = "";
const stops: PeerSource[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moqscope-peers-"));
  file = join(folder, "peers.json");
});
afterEach(() => {
  for (const source of stops.splice(0)) source.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a list and writes down what it tells. */
async function follow(source: PeerSource): Promise<string[]> {
  const told: string[] = [];
  stops.push(source);
  await source.start({
    changed: (peers) => void told.push(peers.map(({ identity }) => identity).join(" ")),
    failed: (message) => void told.push(`refused: ${message.replaceAll(folder, "")}`),
  });
  return told;
}

test("a file is read again: what changed is told, a list that cannot be used is refused by name, once, and the old one stays", async () => {
  const clock = new FakeClock();
  const write = async (text: string, told: readonly string[]): Promise<void> => {
    const before = told.length;
    writeFileSync(file, text);
    await clock.advance(2_000);
    await expect.poll(() => told.length).toBeGreaterThan(before);
  };
  writeFileSync(file, '["https://a.example", "b.example:4443"]');
  const told = await follow(filePeers(file, clock));
  expect(told).toEqual(["https://a.example https://b.example:4443"]);
  await write('["https://a.example"]', told);
  await write('["https://a.example", 7]', told);
  await clock.advance(2_000);
  await write("[", told);
  await write('["https://a.example", "https://c.example?cost=99"]', told);
  await write("{}", told);
  await write('["https://c.example"]', told);
  expect(told.slice(1)).toEqual([
    "https://a.example",
    "refused: the list of peers /peers.json cannot be used: 7 in it is no URL",
    expect.stringMatching(/^refused: the list of peers \/peers.json cannot be used: .*JSON/),
    'refused: the list of peers /peers.json cannot be used: the cost of https://c.example is "99"; it is a whole number from 1 to 16',
    "refused: the list of peers /peers.json cannot be used: it is no JSON array of URLs",
    "https://c.example",
  ]);
});
test("a file that cannot be used at the start is an error that names it", async () => {
  await expect(follow(filePeers(file, new FakeClock()))).rejects.toMatchObject({
    code: "cluster_invalid",
    message: expect.stringContaining(file) as string,
  });
});
test("each address of a DNS name is a peer; they are looked up again, and a name server that is away changes nothing", async () => {
  const clock = new FakeClock();
  let answer: string[] | Error = ["10.0.0.2", "10.0.0.1"];
  const source = dnsPeers("https://relays.internal:4443/?cost=2", clock, () =>
    answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer),
  );
  const told = await follow(source);
  expect(told).toEqual(["https://10.0.0.1:4443 https://10.0.0.2:4443"]);
  await clock.advance(10_000);
  answer = ["10.0.0.1", "10.0.0.2", "fd00::3"];
  await clock.advance(10_000);
  answer = new Error("queryA ESERVFAIL relays.internal");
  await clock.advance(20_000);
  answer = ["fd00::3"];
  await clock.advance(10_000);
  await source.reload();
  expect(told.slice(1)).toEqual([
    "https://10.0.0.1:4443 https://10.0.0.2:4443 https://[fd00::3]:4443",
    "refused: peers by DNS: queryA ESERVFAIL relays.internal",
    "https://[fd00::3]:4443",
  ]);
});
test("a name that is not known yet at the start is told, and no error", async () => {
  const told = await follow(dnsPeers("https://relays.internal", new FakeClock(), () => Promise.reject(new Error("ENOTFOUND"))));
  expect(told).toEqual(["refused: peers by DNS: ENOTFOUND"]);
});
