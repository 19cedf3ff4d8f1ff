import { deflateRawSync, constants as zlib } from "node:zlib";
import { type Group, LocalBroadcast, Origin, Track, toPath } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { type MemoryRecorder, memoryRecorder } from "@moqscope/telemetry/testing";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../testing/harness.ts";
import { ForeignStats } from "./foreign-stats.ts";
import { GroupInflater } from "./group-inflater.ts";
import { applyPatch, readSnapshot } from "./stats-frame.ts";
import { nodeOf } from "./stats-path.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

test("frames of a compressed group inflate to what the reference says, in order", () => {
  const inflater = new GroupInflater();
  const frames = ["aa562acacfcfd54f54b2aa564aaa2c492d56b23231aaad0500", "aac6143635a8ad0500", "aaae0500"];
  expect(frames.map((frame) => inflater.frame(hex(frame)).toString())).toEqual([
    '{"room/a":{"bytes":42}}',
    '{"room/a":{"bytes":50}}',
    "{}",
  ]);
  expect(() => new GroupInflater().frame(hex("ffffff"))).toThrow();
});

test("a group of many frames inflates beyond the window of 32 KiB", () => {
  const inflater = new GroupInflater();
  const texts = Array.from({ length: 200 }, (_, index) => JSON.stringify({ [`room/${index % 7}/${"x".repeat(500)}`]: { bytes: index } }));
  let before = Buffer.alloc(0);
  for (const text of texts) {
    const dictionary = before.subarray(-32_768);
    const whole = deflateRawSync(text, { finishFlush: zlib.Z_SYNC_FLUSH, ...(dictionary.byteLength > 0 ? { dictionary } : {}) });
    expect(inflater.frame(whole.subarray(0, -4)).toString()).toBe(text);
    before = Buffer.concat([before, Buffer.from(text)]);
  }
});

test.each([
  ["node/sjc", "sjc"],
  ["node/sjc/1", "sjc/1"],
  ["room/node/sjc", "sjc"],
  ["node", "unnamed"],
  ["hosts/sjc", undefined],
])("the path %s is of the node %s", (path, node) => {
  expect(nodeOf(path)).toBe(node);
});

test("a patch changes, adds and takes away entries, and what is no count is left out", () => {
  const first = readSnapshot('{"a":{"bytes":1,"frames":2},"b":{"bytes":1,"odd":-1,"text":"x"}}');
  const next = applyPatch(first, '{"a":{"bytes":5},"b":null,"c":{"bytes":3.5}}');
  expect([...next]).toEqual([
    ["a", { bytes: 5, frames: 2 }],
    ["c", {}],
  ]);
  expect(() => readSnapshot("[]")).toThrow("no object");
});

const open: ForeignStats[] = [];
afterEach(() => {
  for (const stats of open.splice(0)) stats.close();
});
function setup() {
  const origin = new Origin();
  const own = memoryRecorder();
  const nodes = new Map<string, { recorder: MemoryRecorder; shown: boolean }>();
  open.push(
    new ForeignStats({
      origin,
      prefix: ".stats",
      broadcastLimit: 20,
      clock: new FakeClock(),
      recorder: own,
      nodeRecorder: (node) => {
        const made = { recorder: memoryRecorder(), shown: false };
        nodes.set(node, made);
        return {
          recorder: made.recorder,
          show: (isShown) => {
            made.shown = isShown;
          },
        };
      },
    }),
  );
  const value = (node: string, ...asked: Parameters<MemoryRecorder["value"]>): number | undefined =>
    nodes.get(node)?.recorder.value(...asked);
  return { origin, own, nodes, value };
}

/** A foreign relay that announces its figures, in one flavour. */
class Foreign {
  readonly #broadcast = new LocalBroadcast();
  readonly #tracks = new Map<string, Track>();
  readonly #unpublish: () => void;
  readonly #isCompressed: boolean;
  #group: Group | undefined;
  #plain = Buffer.alloc(0);
  constructor(origin: Origin, path: string, { hop = 7n, isCompressed = false } = {}) {
    this.#isCompressed = isCompressed;
    for (const name of ["publisher", "subscriber", "sessions"]) {
      const track = new Track({ name: `${name}.json${isCompressed ? ".z" : ""}` });
      this.#tracks.set(name, track);
      this.#broadcast.add(track);
    }
    this.#unpublish = origin.publish(toPath(path), this.#broadcast, { hops: [hop] });
  }
  tell(track: string, value: unknown): void {
    const text = Buffer.from(JSON.stringify(value));
    const found = this.#tracks.get(track);
    if (!this.#isCompressed) {
      const group = found?.createGroup();
      group?.append({ timestamp: 0, payload: Uint8Array.from(text) });
      group?.finish();
      return;
    }
    this.#group ??= found?.createGroup();
    const dictionary = this.#plain.subarray(-32_768);
    const bytes = deflateRawSync(text, { finishFlush: zlib.Z_SYNC_FLUSH, ...(dictionary.byteLength > 0 ? { dictionary } : {}) });
    this.#plain = Buffer.concat([this.#plain, text]);
    this.#group?.append({ timestamp: 0, payload: Uint8Array.from(bytes.subarray(0, -4)) });
  }
  end(): void {
    this.#unpublish();
  }
}
const sent = "moq.relay.bytes_sent";

describe("figures of a foreign relay", () => {
  test("stand under our names, each where the table says, beside our own", async () => {
    const { origin, own, value } = setup();
    const foreign = new Foreign(origin, ".stats/node/sjc");
    const counters = { announced: 1, announced_closed: 0, announced_bytes: 15, broadcasts: 3, broadcasts_closed: 1, subscriptions: 7 };
    const rest = { subscriptions_closed: 3, fetches: 4, bytes: 1_048_576, frames: 900, groups: 30, datagrams: 2 };
    foreign.tell("publisher", { "room/alice.hang": { ...counters, ...rest } });
    foreign.tell("subscriber", { "room/alice.hang": { ...counters, ...rest, announced: 2, announced_closed: 1, bytes: 1000 } });
    foreign.tell("sessions", { room: { sessions: 9, sessions_closed: 4 } });
    await until(() => value("sjc", "moq.relay.active_connections") === 5 && value("sjc", "moq.relay.bytes_received") === 1000);
    await until(() => value("sjc", sent) === 1_048_576);
    const of = (name: Parameters<MemoryRecorder["value"]>[0], labels = {}) => value("sjc", name, labels);
    expect(of("moq.relay.frames_sent")).toBe(900);
    expect(of("moq.relay.groups_sent")).toBe(30);
    expect(of("moq.relay.datagrams", { direction: "sent" })).toBe(2);
    expect(of("moq.relay.active_subscribers")).toBe(2);
    expect(of("moq.relay.active_subscriptions")).toBe(4);
    expect(of("moq.relay.subscriptions")).toBe(7);
    expect(of("moq.relay.announcements", { event: "active" })).toBe(2);
    expect(of("moq.relay.announcements", { event: "ended" })).toBe(1);
    expect(of("moq.relay.active_streams")).toBe(1);
    expect(of("moq.relay.upstream_subscriptions")).toBe(4);
    expect(of("moq.relay.connections", { result: "accepted" })).toBe(9);
    expect(of("moq.relay.sessions_closed")).toBe(4);
    expect(of("moq.relay.broadcast.bytes_sent", { broadcast: "room/alice.hang" })).toBe(1_048_576);
    expect(of("moq.relay.broadcast.bytes_received", { broadcast: "room/alice.hang" })).toBe(1000);
    expect(of("moq.relay.broadcast.subscribers", { broadcast: "room/alice.hang" })).toBe(2);
    expect(own.value(sent)).toBeUndefined();
  });

  test.each([false, true])("grow with its totals, in the plain flavour and in the compressed one (%s)", async (isCompressed) => {
    const { origin, value } = setup();
    const foreign = new Foreign(origin, ".stats/node/sjc", { isCompressed });
    for (const bytes of [10, 25, 100]) {
      foreign.tell("publisher", { a: { bytes } });
      await until(() => value("sjc", sent) === bytes);
    }
    foreign.tell("publisher", { a: { bytes: 100, broadcasts: 2 }, b: { bytes: 7, broadcasts: 1 } });
    await until(() => value("sjc", sent) === 107);
    expect(value("sjc", "moq.relay.active_subscribers")).toBe(3);
    foreign.tell("publisher", isCompressed ? { a: null } : { b: { bytes: 7, broadcasts: 1 } });
    await until(() => value("sjc", "moq.relay.active_subscribers") === 1);
    expect(value("sjc", sent)).toBe(107);
    foreign.tell("publisher", { a: { bytes: 120, broadcasts: 1 }, b: { bytes: 7, broadcasts: 1 } });
    await until(() => value("sjc", sent) === 127);
  });

  test("a total that falls is a new segment, whether the entry was there meanwhile or not", async () => {
    const { origin, value } = setup();
    const foreign = new Foreign(origin, ".stats/node/sjc");
    for (const [told, total] of [
      [{ a: { bytes: 100 } }, 100],
      [{ a: { bytes: 30 } }, 130],
      [{ b: { bytes: 1 } }, 131],
      [{ a: { bytes: 5 } }, 136],
    ] as const) {
      foreign.tell("publisher", told);
      await until(() => value("sjc", sent) === total);
    }
  });

  test("a node that unannounces takes its share away and is told no more; back as the same process it goes on, as another it counts from 0", async () => {
    const { origin, own, nodes, value } = setup();
    const first = new Foreign(origin, ".stats/node/sjc");
    first.tell("publisher", { a: { bytes: 100, broadcasts: 2 } });
    await until(() => value("sjc", sent) === 100);
    expect(nodes.get("sjc")?.shown).toBe(true);
    first.end();
    expect(nodes.get("sjc")?.shown).toBe(false);
    expect(value("sjc", "moq.relay.active_subscribers")).toBe(0);
    const back = new Foreign(origin, ".stats/node/sjc");
    back.tell("publisher", { a: { bytes: 150, broadcasts: 1 } });
    await until(() => value("sjc", sent) === 150);
    expect(nodes.get("sjc")?.shown).toBe(true);
    back.end();
    const other = new Foreign(origin, ".stats/node/sjc", { hop: 8n });
    other.tell("publisher", { a: { bytes: 200 } });
    await until(() => value("sjc", sent) === 350);
    expect(own.events.map(({ name, attributes }) => [name, attributes["node"], attributes["state"]])).toEqual(
      ["shown", "gone", "shown", "gone", "shown"].map((state) => ["moq.stats.node", "sjc", state]),
    );
  });

  test("groups of broadcasts of one node are added up; nodes are not", async () => {
    const { origin, value } = setup();
    const sources = [".stats/room/node/sjc", ".stats/lobby/node/sjc", ".stats/node/fra"].map((path) => new Foreign(origin, path));
    for (const [index, source] of sources.entries()) source.tell("publisher", { a: { bytes: 10 ** index, broadcasts: 1 } });
    await until(() => value("sjc", sent) === 11 && value("fra", sent) === 100);
    expect(value("sjc", "moq.relay.active_subscribers")).toBe(2);
    sources[0]?.end();
    expect([value("sjc", "moq.relay.active_subscribers"), value("sjc", sent)]).toEqual([1, 11]);
  });

  test("what cannot be read is told, and what follows is read", async () => {
    const { origin, own, value } = setup();
    const foreign = new Foreign(origin, ".stats/node/sjc");
    foreign.tell("publisher", "nonsense");
    await until(() => own.events.some(({ attributes }) => attributes["state"] === "unreadable"));
    foreign.tell("publisher", { a: { bytes: 3 } });
    await until(() => value("sjc", sent) === 3);
  });

  test("fifty nodes at most: one more is refused, until one has gone", async () => {
    const { origin, own, nodes } = setup();
    const foreign = Array.from({ length: 51 }, (_, index) => new Foreign(origin, `.stats/node/${index}`));
    expect(nodes.size).toBe(50);
    expect(own.events.at(-1)).toMatchObject({ level: "warn", attributes: { node: "50", state: "refused" } });
    foreign[0]?.end();
    new Foreign(origin, ".stats/node/late").end();
    expect(nodes.has("late")).toBe(true);
  });
});
