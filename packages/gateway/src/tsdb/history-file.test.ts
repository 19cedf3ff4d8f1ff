import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleWorld, worldEndMs } from "../testing/sample-world.ts";
import { HistoryFile } from "./history-file.ts";
import { HistoryStore } from "./history-store.ts";
import { Labels } from "./labels.ts";

let base = "";
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "moqscope-history-"));
});
afterAll(() => rm(base, { recursive: true, force: true }));

let folders = 0;
const newFolder = (): string => join(base, String(folders++));
const empty = (): HistoryStore => new HistoryStore({ memoryBytes: 1e9, series: 10_000 });
/** Labels and samples as bytes: a world has too many for a comparison one by one. */
function content(store: HistoryStore): string {
  const hash = createHash("sha256");
  for (const { labels, read } of [...store.all()].map((series) => ({ labels: series.labels.key, read: series.read(0, 1e15) }))) {
    hash.update(labels).update(read.times.subarray(0, read.size)).update(read.values.subarray(0, read.size));
  }
  return hash.digest("hex");
}

function small(): HistoryStore {
  const store = empty();
  const values = [1, 2, Number.NaN, Number.POSITIVE_INFINITY, 1e300, -0.5];
  for (const [name, step] of [["a", 1000] as const, ["b", 7000] as const, ["c", 60_000] as const]) {
    const series = store.open(Labels.of({ __name__: name, text: "ü\u0000\n" }));
    for (let at = 0; at < 600; at++) series?.write(worldEndMs - 4_000_000 + at * step, values[at % values.length] ?? 0);
    if (name === "b") series?.end(worldEndMs);
  }
  return store;
}

describe("the history on disk", () => {
  test("gives back every sample of a whole world, and goes on from there", { timeout: 60_000 }, async () => {
    const world = sampleWorld();
    const file = new HistoryFile(newFolder());
    file.restore(empty(), 0);
    expect(await file.save(world)).toBe(world.size);
    const back = empty();
    expect(file.restore(back, worldEndMs)).toEqual({ kind: "taken", content: world.size });
    expect(content(back)).toEqual(content(world));
    for (const store of [world, back]) for (const series of store.all()) series.write(worldEndMs + 1000, 77);
    expect(content(back)).toEqual(content(world));
  });

  test("keeps NaN, infinities, ends and any text", async () => {
    const file = new HistoryFile(newFolder());
    expect(file.restore(empty(), 0)).toEqual({ kind: "none" });
    await file.save(small());
    const back = empty();
    file.restore(back, worldEndMs + 1e8);
    expect(content(back)).toEqual(content(small()));
  });

  test("cut or changed anywhere it is set aside by name, and the store starts empty", async () => {
    const folder = newFolder();
    const file = new HistoryFile(folder);
    file.restore(empty(), 0);
    await file.save(small());
    const good = await readFile(file.path);
    const laterMs = worldEndMs + 1e8;
    expect(file.restore(empty(), laterMs)).toMatchObject({ kind: "taken" });
    const broken: Buffer[] = [];
    for (let at = 0; at < good.length; at += Math.ceil(good.length / 40)) {
      broken.push(good.subarray(0, at));
      const changed = Buffer.from(good);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      broken.push(changed);
    }
    for (const [index, bytes] of broken.entries()) {
      await writeFile(file.path, bytes);
      const store = empty();
      const restored = file.restore(store, laterMs + index);
      expect(restored).toMatchObject({ kind: "set-aside", path: expect.stringContaining("history.bin.broken-") as string });
      expect(store.size).toBe(0);
    }
    expect(await readdir(folder)).toHaveLength(broken.length);
  });

  test("of another version or from the future it is set aside too", async () => {
    const file = new HistoryFile(newFolder());
    file.restore(empty(), 0);
    await writeFile(file.path, "moqscope history 0\nanything");
    expect(file.restore(empty(), 1)).toMatchObject({ kind: "set-aside", cause: "it is of another version" });
    await file.save(small());
    expect(file.restore(empty(), worldEndMs - 8_000_000)).toMatchObject({ kind: "set-aside", cause: "its samples are from the future" });
  });

  test("with a right checksum over wrong content it is set aside", async () => {
    const file = new HistoryFile(newFolder());
    file.restore(empty(), 0);
    const meta = Buffer.from(JSON.stringify({ labels: { a: "b" }, fine: [{ i: 3, k: 3, v: 1, o: 0 }], coarse: [] }));
    const length = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
    const body = Buffer.concat([Buffer.from("moqscope history 1\n"), length(meta.length), meta, length(0)]);
    await writeFile(file.path, Buffer.concat([body, length(crc32(body))]));
    expect(file.restore(empty(), 1)).toMatchObject({ kind: "set-aside", cause: "a chunk of an unknown kind 3" });
  });

  test("is written once where it is asked for twice at a time", async () => {
    const file = new HistoryFile(newFolder());
    file.restore(empty(), 0);
    const store = small();
    const first = file.save(store);
    expect(file.save(store)).toBe(first);
    await first;
  });
});
