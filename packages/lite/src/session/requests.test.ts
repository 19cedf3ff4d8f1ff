import { afterEach, describe, expect, test } from "vitest";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { bytes, closeAll, closeLater, collect, path, setUp } from "../testing/fixtures/session-pair.ts";
import { memorySocketPair, memoryTransport } from "../testing/memory.ts";
import type { PeerSetup, SessionOptions } from "./session.ts";
import { startSession } from "./start.ts";

afterEach(closeAll);

describe("FETCH", () => {
  test("brings a group that is no longer live, with its timestamps, once for all who ask", async () => {
    const { subscriber, video, sent, got } = setUp();
    const group = video.createGroup(3);
    group.append({ timestamp: 7, payload: bytes(4) });
    video.createGroup(4);
    const remote = await subscriber.broadcast(path).track("video");
    const [one, two] = await Promise.all([remote.fetch(3), remote.fetch(3)]);
    expect(one).toBe(two);
    group.append({ timestamp: 5, payload: bytes(100_000) });
    group.finish();
    await settle();
    expect(one.state.kind).toBe("finished");
    expect(one.frames.map(({ timestamp, payload }) => [timestamp, payload.byteLength])).toEqual([
      [7, 4],
      [5, 100_000],
    ]);
    expect(sent.count("fetching room/alice/video open")).toBe(1);
    expect([got.count(" open"), got.count(" close")]).toEqual([1, 1]);
    expect(remote.get(3)).toBeUndefined();
  });
  test("what is cached here is not asked for", async () => {
    const { video } = setUp();
    const group = video.createGroup(0);
    expect(await video.fetch(0)).toBe(group);
    await expect(video.fetch(1)).rejects.toMatchObject({ code: "not_found" });
  });
  test("of what is not there is refused, and may be asked again", async () => {
    const { subscriber, video } = setUp();
    const remote = await subscriber.broadcast(path).track("video");
    await expect(remote.fetch(9)).rejects.toMatchObject({ code: "not_found", wireCode: 13 });
    video.createGroup(9).finish();
    expect((await remote.fetch(9)).frames).toEqual([]);
  });
  test("that is never answered, as released publishers do, ends by our own deadline", async () => {
    const clock = new FakeClock();
    const peer = new RawPeer({ clock });
    const session = startSession(peer.transport, { role: "server", clock });
    closeLater(session);
    peer.hello();
    peer.stream(2, "01 01 00", true);
    const asking = session.broadcast(toPath("a")).track("v");
    await settle();
    peer.stream(1, "04 00 00 00 01", true);
    const track = await asking;
    const fetched = track.fetch(2);
    await settle();
    expect(peer.received(5)).toBe("0306016101768002 FIN");
    await Promise.all([expect(fetched).rejects.toMatchObject({ code: "timeout" }), clock.advance(10_001)]);
    expect(peer.received(5)).toContain("FIN");
    expect(peer.stopped(5)).toEqual([3]);
    expect(peer.close).toBeUndefined();
  });
  test("that is cut in a frame aborts the group, and the session goes on", async () => {
    const { subscriber, video } = setUp();
    const group = video.createGroup(3);
    group.append({ timestamp: 7, payload: bytes(4) });
    const fetched = await (await subscriber.broadcast(path).track("video")).fetch(3);
    group.abort(Object.assign(new Error("gone")) as never);
    await settle();
    expect(fetched.state.kind).toBe("aborted");
    await expect(subscriber.broadcast(path).track("video")).resolves.toBeDefined();
  });
  test.each(["moq-lite-04", "moq-lite-03", "moql"])("is unsupported on %s", async (protocol) => {
    const { subscriber } = setUp({}, { protocol });
    await expect((await subscriber.broadcast(path).track("video")).fetch(0)).rejects.toMatchObject({ code: "unsupported" });
  });
});

test.each([
  ["moq-lite-04", "00 05 8000000000"],
  ["moq-lite-03", "00 05 8000000000"],
])("without END, groups may begin for 1 s after FIN (%s)", async (protocol, ok) => {
  const clock = new FakeClock();
  const peer = new RawPeer({ clock, protocol });
  const session = startSession(peer.transport, { role: "server", clock });
  closeLater(session);
  peer.hello();
  const reader = collect();
  (await session.broadcast(toPath("a")).track("v")).attach(reader);
  await settle();
  peer.stream(1, ok, true);
  await settle();
  await clock.advance(900);
  peer.stream(2, "00 02 0000 01 61", true);
  await settle();
  expect(reader.lines).toEqual(["group 0"]);
  await clock.advance(1001);
  peer.stream(6, "00 02 0001 01 61", true);
  await settle();
  expect(reader.lines).toEqual(["group 0", "ended 1"]);
});

describe("PROBE", () => {
  function probing(protocol: string): { readonly peer: RawPeer; readonly session: ReturnType<typeof startSession> } {
    const peer = new RawPeer({ protocol });
    const session = startSession(peer.transport, { role: "server", probe: true });
    closeLater(session);
    peer.hello();
    return { peer, session };
  }
  test.each([
    ["moq-lite-05", "05 802625a0 28", { bitrate: 2_500_000, rttMs: 40 }, "02 00 28", { rttMs: 40 }],
    ["moq-lite-04", "05 802625a0 28", { bitrate: 2_500_000, rttMs: 40 }, "02 00 00", {}],
    ["moq-lite-03", "04 802625a0", { bitrate: 2_500_000 }, "01 00", {}],
  ])("what the peer reports on %s can be read", async (...[protocol, first, estimate, second, next]) => {
    const { peer, session } = probing(protocol);
    if (protocol === "moq-lite-05") peer.stream(2, "01 04 01 01 01 01", true);
    await settle();
    expect(peer.received(1)).toBe("04");
    expect(session.link).toEqual({});
    peer.stream(1, first);
    await settle();
    expect(session.link).toEqual(estimate);
    peer.stream(1, second);
    await settle();
    expect(session.link).toEqual(next);
  });
  test("is not opened towards a peer that reports nothing, and an end at once is taken silently", async () => {
    const silent = probing("moq-lite-05");
    silent.peer.stream(2, "01 01 00", true);
    const ends = probing("moq-lite-05");
    ends.peer.stream(2, "01 04 01 01 01 01", true);
    await settle();
    expect(silent.peer.received(1)).toBe("");
    ends.peer.stream(1, "", true);
    await settle();
    expect(ends.peer.received(1)).toBe("04 FIN");
    expect(ends.peer.close).toBeUndefined();
  });
});

describe("SETUP tells the server", () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  async function told(protocol: string, options: Partial<SessionOptions>): Promise<PeerSetup[]> {
    const [near, far] = memorySocketPair();
    const setups: PeerSetup[] = [];
    const server = startSession(memoryTransport("server", far, { protocol }), { role: "server", onSetup: (setup) => setups.push(setup) });
    const client = startSession(memoryTransport("client", near, { protocol }), { role: "client", publish: new Origin(9n), ...options });
    closeLater(server, client);
    await server.ready;
    return setups;
  }
  test("the trace context, where the version has a SETUP", async () => {
    expect(await told("moq-lite-05", { traceparent })).toEqual([{ version: "moq-lite-05", origin: 9n, traceparent }]);
    expect(await told("moql", { traceparent })).toEqual([{ version: "moq-lite-02", implementation: "moqscope", traceparent }]);
    expect(await told("moq-lite-04", { traceparent })).toEqual([{ version: "moq-lite-04" }]);
  });
  test("nothing of it when there is none, or when its length is not one's", async () => {
    expect(await told("moq-lite-05", {})).toEqual([{ version: "moq-lite-05", origin: 9n }]);
    expect(await told("moq-lite-05", { traceparent: "00-1" })).toEqual([{ version: "moq-lite-05", origin: 9n }]);
  });
});

test.each([
  ["moq-lite-05", ["https://b.example/", ""]],
  ["moq-lite-04", ["https://b.example/", ""]],
  ["moq-lite-03", []],
  ["moql", []],
])("GOAWAY of a server reaches its client on %s", async (protocol, expected) => {
  const [near, far] = memorySocketPair();
  const heard: string[] = [];
  const server = startSession(memoryTransport("server", far, { protocol }), { role: "server" });
  const client = startSession(memoryTransport("client", near, { protocol }), { role: "client", onGoaway: (uri) => heard.push(uri) });
  closeLater(server, client);
  server.goaway("https://b.example/");
  server.goaway();
  await settle();
  expect(heard).toEqual(expected);
});
