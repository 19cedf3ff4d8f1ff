import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Collector, pointsOf } from "../testing/collector.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { TestGateway } from "../testing/gateway.ts";
import { playerResource, request, sum } from "../testing/otlp-json.ts";

let base = "";
let folders = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "moqscope-restart-"));
});
afterAll(() => rm(base, { recursive: true, force: true }));
const newFolder = (): string => join(base, String(folders++));

const labels = { outcome: "started", transport: "websocket" };
const attempts = "moq.client.play_attempts";

/** When the session began, a moment before the first gateway of each test. */
const bornMs = new FakeClock().now() - 5000;

/** A report of one session that has counted so many attempts, meant for the gateway of this id. */
function report(at: TestGateway, sequence: number, value: number): Promise<Response> {
  const resource = playerResource({ sessionId: "session-of-the-test", sequence, acked: sequence - 1 });
  return at.report(request(resource, [sum(attempts, value, labels, { startMs: bornMs, timeMs: at.clock.now() })]));
}
async function counted(at: TestGateway): Promise<number | undefined> {
  const { metrics } = await at.metrics(`name=${attempts}&attributes=outcome=started,transport=websocket`);
  return metrics[0]?.value ?? undefined;
}
async function events(at: TestGateway): Promise<string[]> {
  const { logs } = await at.ask<{ logs: { event: string; body: string; attributes: Record<string, string> }[] }>("api/logs");
  return logs.filter(({ event }) => event === "moq.gateway.store").map(({ attributes, body }) => `${attributes["state"]}: ${body}`);
}

/** Far more than they take where nothing else runs. */
const timeout = 60_000;

describe("a gateway that is stopped and started with --store-dir", { timeout }, () => {
  test("goes on: the same id, no session rebases, no count is lost or told twice", async () => {
    const storeDir = newFolder();
    const before = await TestGateway.start({ storeDir });
    await report(before, 1, 3);
    before.clock.advance(2000);
    await before.close();
    before.clock.advance(10_000);
    await using after = await TestGateway.start({ storeDir, clock: before.clock });
    expect(after.gateway.id).toBe(before.gateway.id);
    const answer = await report(after, 2, 5);
    expect([answer.status, answer.headers.get("moq-resync")]).toEqual([200, null]);
    expect(await counted(after)).toBe(5);
    expect(await events(after)).toContain("restored: goes on with 1 sessions");
  });

  test("exports its series with the start they had, and none of them at zero", async () => {
    await using collector = await Collector.start();
    const options = { storeDir: newFolder(), export: { endpoint: collector.url, intervalMs: 1000 }, instanceId: "g1" };
    const before = await TestGateway.start(options);
    before.clock.advance(2000);
    await report(before, 1, 3);
    before.clock.advance(2000);
    await before.close();
    const seen = collector.requests.length;
    await using after = await TestGateway.start({ ...options, clock: before.clock });
    await report(after, 2, 4);
    await after.close();
    const told = collector
      .metrics()
      .map((each, index) => ({ isAfter: index >= seen, points: pointsOf(each) }))
      .flatMap(({ isAfter, points }) => points.map(({ name, labels: own, point }) => ({ isAfter, name, own, point })))
      .filter(
        ({ name, own }) =>
          name === attempts && own["outcome"] === "started" && own["transport"] === "websocket" && own["region"] === "unknown",
      );
    const values = told.map(({ isAfter, point }) => [isAfter, "value" in point ? point.value.value : undefined]);
    expect(values.filter(([isAfter]) => isAfter === true).map(([, value]) => value)).not.toContain(0);
    expect(values.at(-1)).toEqual([true, 4]);
    expect(new Set(told.map(({ point }) => point.startTimeUnixNano)).size).toBe(1);
  });

  test("takes what was kept once: the next one that was not stopped in order starts anew", async () => {
    const storeDir = newFolder();
    const first = await TestGateway.start({ storeDir });
    await report(first, 1, 3);
    await first.close();
    expect(readdirSync(storeDir)).toContain("fleet.bin");
    await using second = await TestGateway.start({ storeDir, clock: first.clock });
    expect(readdirSync(storeDir)).not.toContain("fleet.bin");
    expect(await counted(second)).toBe(3);
    // as after kill -9
    await using third = await TestGateway.start({ storeDir, clock: first.clock });
    expect(third.gateway.id).not.toBe(first.gateway.id);
    expect((await report(third, 2, 4)).headers.get("moq-resync")).toBe("1");
  });

  test("keeps nothing without --store-dir", async () => {
    const before = await TestGateway.start();
    await report(before, 1, 3);
    await before.close();
    await using after = await TestGateway.start({ clock: before.clock });
    expect(after.gateway.id).not.toBe(before.gateway.id);
  });
});

describe("what cannot be gone on with is set aside by name and said, and the gateway starts empty:", { timeout }, () => {
  interface Spoiled {
    readonly what: string;
    readonly cause: string;
    /** How much later it is read. */
    readonly laterMs?: number;
    readonly instanceId?: string;
    readonly spoil?: (path: string) => Promise<void>;
  }
  const all: readonly Spoiled[] = [
    {
      what: "a file that was cut",
      cause: "its checksum is wrong",
      spoil: async (path) => writeFile(path, (await readFile(path)).subarray(0, 200)),
    },
    { what: "a file of another version", cause: "it is of another version", spoil: (path) => writeFile(path, "moqscope fleet 0\n") },
    { what: "one that is five minutes old", cause: "it is 5 minutes old", laterMs: 300_000 },
    { what: "one from the future", cause: "it is from the future", laterMs: -61_000 },
    { what: "that of another gateway", cause: "it is of the gateway gateway", instanceId: "another" },
  ];
  test.each(all)("$what", async ({ cause, laterMs = 1000, instanceId = "gateway", spoil }) => {
    const storeDir = newFolder();
    const before = await TestGateway.start({ storeDir });
    await report(before, 1, 3);
    await before.close();
    await spoil?.(join(storeDir, "fleet.bin"));
    const clock = new FakeClock(before.clock.now() + laterMs);
    await using after = await TestGateway.start({ storeDir, clock, instanceId });
    expect(after.gateway.id).not.toBe(before.gateway.id);
    expect((await report(after, 2, 4)).headers.get("moq-resync")).toBe("1");
    const [aside] = readdirSync(storeDir).filter((name) => name.startsWith("fleet.bin.broken-"));
    const said = `could not be gone on with (${cause}), and lie in ${join(storeDir, aside ?? "no file")}`;
    expect((await events(after)).some((line) => line.startsWith("set_aside") && line.includes(said))).toBe(true);
  });

  test("a folder that is none is told at the start", async () => {
    const file = newFolder();
    await writeFile(file, "");
    await expect(TestGateway.start({ storeDir: file })).rejects.toMatchObject({ code: "store_unusable" });
  });
});
