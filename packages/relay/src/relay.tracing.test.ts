import { connect, type Session } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import type { RecordedSpan } from "@moqscope/telemetry/testing";
import { afterEach, expect, test } from "vitest";
import type { RelayOptions } from "./options.ts";
import type { Relay } from "./relay.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";
import { subscribeSpanId } from "./tracing/subscribe-span-id.ts";

const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
async function start(options: RelayOptions = {}) {
  const started = await startRelay(options);
  open.push(started.relay);
  const named = (name: RecordedSpan["name"]): RecordedSpan[] => started.recorder.spans.filter((span) => span.name === name);
  return { ...started, named };
}
const trace = (digit: string, flags = "01"): string => `?traceparent=00-${digit.repeat(32)}-${digit.repeat(16)}-${flags}`;
const done = (spans: readonly RecordedSpan[]): boolean => spans.every(({ endMs }) => endMs !== undefined);

test("two viewers of a track: each has spans in its own trace, and both link to the one subscription upstream, in the publisher's", async () => {
  const { relay, named } = await start();
  const publisher = new TestPublisher("show");
  await join(relay, `room${trace("a")}`, publisher.origin);
  await until(() => relay.origin.paths.length === 1);
  const viewers = [
    await TestViewer.watch(await join(relay, `room${trace("b")}`), "show"),
    await TestViewer.watch(await join(relay, trace("c")), "room/show"),
  ];
  await until(() => named("moq.subscribe.serve").length === 2 && publisher.demands.length === 1);
  publisher.group(["key"]);
  await until(() => viewers.every(({ finished }) => finished.length === 1) && done(named("moq.subscribe")));

  const [upstream, ...more] = named("moq.subscribe");
  expect(more).toEqual([]);
  const [published, ...watched] = named("moq.accept");
  expect(published?.parent).toMatchObject({ traceId: "a".repeat(32), spanId: "a".repeat(16) });
  expect(upstream).toMatchObject({
    kind: "client",
    parent: published?.context,
    context: { traceId: "a".repeat(32), spanId: subscribeSpanId("a".repeat(32), "server", 0n) },
    attributes: { "moq.broadcast": "room/show", "moq.track": "video", "moq.subscribe.id": 0, "moq.result": "ok" },
  });
  const served = named("moq.subscribe.serve");
  expect(done(served)).toBe(true);
  for (const [index, digit] of ["b", "c"].entries()) {
    const traceId = digit.repeat(32);
    expect(watched[index]?.parent).toMatchObject({ traceId, spanId: digit.repeat(16) });
    const mine = served.find(({ context }) => context.traceId === traceId);
    // The viewer's own span, whose id both compute.
    expect(mine).toMatchObject({
      kind: "server",
      parent: { traceId, spanId: subscribeSpanId(traceId, "client", 0n) },
      attributes: { "moq.broadcast": "room/show", "moq.result": "ok", "moq.link": "upstream" },
    });
    expect(mine?.links).toEqual([{ context: upstream?.context, kind: "upstream" }]);
  }
});

test("who was not traced before has a trace at the relay, whose spans have the accept above them", async () => {
  const { relay, named } = await start();
  await join(relay, "", new TestPublisher("show").origin);
  await until(() => relay.origin.paths.length === 1);
  await TestViewer.watch(await join(relay), "show");
  await until(() => named("moq.subscribe.serve").length === 1 && done(named("moq.subscribe.serve")));
  const accept = named("moq.accept")[1];
  expect(accept?.parent).toBeUndefined();
  expect(named("moq.subscribe.serve")[0]?.parent).toEqual(accept?.context);
  expect(named("moq.announce")).toMatchObject([
    { parent: named("moq.accept")[0]?.context, attributes: { "moq.broadcast": "show", "moq.result": "active", "moq.hop.count": 1 } },
  ]);
});

test("a request that is refused is a failed span", async () => {
  const { relay, recorder, named } = await start();
  // Before 05 nothing is asked ahead of SUBSCRIBE.
  const webSocket = class extends nodeWebSocket {
    constructor(url: string) {
      super(url, ["qmux-01.moq-lite-04"]);
    }
  };
  await TestViewer.watch(await connect(`${relay.url}/${trace("b")}`, { webSocket }), "nothing");
  await until(() => named("moq.subscribe.serve").length === 1 && done(named("moq.subscribe.serve")));
  expect(named("moq.subscribe.serve")[0]).toMatchObject({ error: "unroutable", attributes: { "moq.result": "unroutable" }, links: [] });
  expect(recorder.events.at(-1)).toMatchObject({ name: "moq.subscription", attributes: { state: "refused", reason: "unroutable" } });
});

test("a fetch that two viewers share is one span upstream, and both link to it", async () => {
  const { relay, named } = await start();
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await until(() => relay.origin.paths.length === 1);
  publisher.group(["old"]);
  publisher.group(["new"]);
  const fetch = async (session: Session): Promise<void> => {
    const track = await session.broadcast("show" as never).track("video");
    await (await track.fetch(0)).closed;
  };
  const sessions = [await join(relay, trace("b")), await join(relay, trace("c"))];
  await Promise.all(sessions.map(fetch));
  await until(() => named("moq.fetch.serve").length === 2 && done([...named("moq.fetch.serve"), ...named("moq.fetch")]));
  const [upstream] = named("moq.fetch");
  expect(upstream?.attributes).toMatchObject({ "moq.broadcast": "show", "moq.group.sequence": 0, "moq.result": "ok" });
  expect(new Set(named("moq.fetch.serve").map(({ context }) => context.traceId)).size).toBe(2);
  const shared = new Set(named("moq.fetch").map(({ context }) => context.spanId));
  for (const { links } of named("moq.fetch.serve")) expect(shared).toContain(links[0]?.context.spanId);
});

test("a session that is not sampled makes no span, and its records still name its trace", async () => {
  const { relay, recorder, named } = await start();
  await join(relay, "", new TestPublisher("show").origin);
  await until(() => relay.origin.paths.length === 1);
  const spans = recorder.spans.length;
  const session = await join(relay, trace("b", "00"));
  await TestViewer.watch(session, "show");
  await until(() => recorder.events.some(({ name }) => name === "moq.subscription"));
  session.close();
  await until(() => recorder.events.some(({ name, context }) => name === "moq.session.closed" && context?.traceId === "b".repeat(32)));
  expect(recorder.spans.slice(spans).filter(({ context }) => context.traceId === "b".repeat(32))).toEqual([]);
  expect(named("moq.subscribe.serve")).toEqual([]);
  const told = recorder.events.filter(({ context }) => context?.traceId === "b".repeat(32)).map(({ name }) => name);
  expect(told).toEqual(["moq.session.opened", "moq.subscription", "moq.subscription", "moq.session.closed"]);
});

test("beyond five a second the relay's own ratio decides who is traced", async () => {
  const { relay, named } = await start({ traceRatio: 0 });
  for (const digit of ["1", "2", "3", "4", "5", "6", "7"]) await join(relay, trace(digit));
  await until(() => named("moq.accept").length >= 5);
  expect(named("moq.accept").length).toBeLessThan(7);
});
