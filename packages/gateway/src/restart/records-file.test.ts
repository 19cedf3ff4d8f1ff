import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogsAnswer, TracesAnswer } from "@moqscope/telemetry/query";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LogStore } from "../store/log-store.ts";
import { Records } from "../store/records.ts";
import { TraceStore } from "../store/trace-store.ts";
import { TestGateway } from "../testing/gateway.ts";
import { RecordsFile } from "./records-file.ts";

const nowMs = 1_800_000_000_000;
let base = "";
let folders = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "moqscope-records-"));
});
afterAll(() => rm(base, { recursive: true, force: true }));
const newFolder = (): string => join(base, String(folders++));
const empty = (): Records => new Records(new TraceStore(), new LogStore());

function filled(count: number): Records {
  const records = empty();
  for (let n = 0; n < count; n++) {
    const common = {
      service: "s",
      instance: "i",
      traceId: (n % 40).toString(16).padStart(32, "0"),
      attributes: { text: "ü\u0000\n", n: String(n) },
    };
    const span = {
      ...common,
      spanId: "1".repeat(16),
      parentSpanId: "",
      name: `span ${n}`,
      startMs: n,
      endMs: n + 0.5,
      error: n % 3 === 0 ? "e" : null,
    };
    records.traces.push(span, nowMs + n);
    records.logs.push({ ...common, spanId: "", atMs: n, level: "info", event: "", body: `line ${n}` }, nowMs + n);
  }
  return records;
}
const content = ({ traces, logs }: Records): unknown => [
  [...traces.all()].map(({ item, arrivedMs }) => [item, arrivedMs]),
  [...logs.all()].map(({ item, arrivedMs }) => [item, arrivedMs]),
];

test("every span and line comes back, in order and with its time", async () => {
  const file = new RecordsFile(newFolder());
  expect(file.restore(empty(), nowMs)).toEqual({ kind: "none" });
  const given = filled(1_234);
  expect(await file.save(given)).toBe(2_468);
  const back = empty();
  expect(file.restore(back, nowMs + 2_000)).toEqual({ kind: "taken", content: 2_468 });
  expect(content(back)).toEqual(content(given));
  expect(back.traces.trace("0".repeat(32))).toHaveLength(31);
});

test("what is too old by now is not taken", async () => {
  const file = new RecordsFile(newFolder());
  file.restore(empty(), nowMs);
  await file.save(filled(10));
  const back = empty();
  expect(file.restore(back, nowMs + 25 * 3_600_000)).toEqual({ kind: "taken", content: 0 });
});

test("cut or changed anywhere, of another version or from the future it is set aside by name, and the stores start empty", async () => {
  const folder = newFolder();
  const file = new RecordsFile(folder);
  file.restore(empty(), nowMs);
  await file.save(filled(20));
  const good = await readFile(file.path);
  const broken: Buffer[] = [Buffer.from("moqscope records 0\nanything")];
  for (let at = 0; at < good.length; at += Math.ceil(good.length / 30)) {
    broken.push(good.subarray(0, at));
    const changed = Buffer.from(good);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    broken.push(changed);
  }
  for (const [index, bytes] of broken.entries()) {
    await writeFile(file.path, bytes);
    const records = empty();
    const restored = file.restore(records, nowMs + 1_000 + index);
    expect(restored).toMatchObject({ kind: "set-aside", path: expect.stringContaining("records.bin.broken-") as string });
    expect(records.traces.size + records.logs.size).toBe(0);
  }
  await writeFile(file.path, good);
  expect(file.restore(empty(), nowMs - 100_000)).toMatchObject({ cause: "its records are from the future" });
  expect(await readdir(folder)).toHaveLength(broken.length + 1);
});

test("a gateway with --store-dir has its traces and logs again after a restart, and says what it set aside", {
  timeout: 30_000,
}, async () => {
  const storeDir = newFolder();
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const before = await TestGateway.start({ storeDir });
  const spans = [{ traceId, spanId: "b7ad6b7169203331", name: "x", startTimeUnixNano: "1000000", endTimeUnixNano: "2000000" }];
  await before.export({ resourceSpans: [{ scopeSpans: [{ spans }] }] }, "traces");
  await before.export({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "kept" } }] }] }] }, "logs");
  await before.close();
  const after = await TestGateway.start({ storeDir, clock: before.clock });
  expect((await after.ask<TracesAnswer>(`api/traces/${traceId}`)).spans).toMatchObject([{ name: "x" }]);
  expect((await after.ask<LogsAnswer>("api/logs?text=kept")).logs).toHaveLength(1);
  await after.close();

  const path = join(storeDir, "records.bin");
  await writeFile(path, (await readFile(path)).subarray(0, 100));
  const told: unknown[] = [];
  const recorder = { event: (...what: unknown[]) => void told.push(what) };
  await using broken = await TestGateway.start({ storeDir, clock: before.clock, recorder });
  expect(told).toContainEqual([
    "warn",
    "moq.gateway.store",
    expect.objectContaining({ state: "set_aside", path: expect.stringContaining("records.bin.broken-") as string }),
  ]);
  expect((await broken.ask<TracesAnswer>("api/traces")).spans).toEqual([]);
});
