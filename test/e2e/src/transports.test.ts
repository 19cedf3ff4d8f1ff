import { publishFile, subscribe } from "@moqscope/cli";
import { createRelay, type Relay } from "@moqscope/relay";
import { type MemoryRecorder, memoryRecorder } from "@moqscope/telemetry/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./support/gateway.ts";
import { addon } from "./support/ways.ts";

const loopback = { host: "127.0.0.1", port: 0 };
const broadcast = "cli.hang";

describe("pub and sub", () => {
  const recorder: MemoryRecorder = memoryRecorder();
  let relay: Relay;
  beforeAll(async () => {
    relay = await createRelay({ listen: loopback, adminListen: false, recorder, tls: { generate: ["localhost"] } });
  });
  afterAll(() => relay?.close());

  it.for([
    ["websocket", "websocket"],
    ["webtransport", "webtransport"],
    ["quic", "quic"],
    ["auto", addon.available ? "webtransport" : "websocket"],
  ] as const)("dial by %s: both sessions of the relay are on %s, and whole groups arrive", async ([transport, label], { skip }) => {
    if (label !== "websocket" && !addon.available) skip(addon.reason);
    const stop = new AbortController();
    const publishing = publishFile({ file: "sample", url: relay.url, broadcast, transport, loop: true, signal: stop.signal });
    const viewer = subscribe({ url: relay.url, broadcast, transport, rendition: "video/360p", durationMs: 2500, timeoutMs: 20_000 });
    await eventually(
      () => Promise.resolve(recorder.value("moq.relay.active_connections", { transport: label })),
      (count) => count === 2,
      15_000,
    );
    const { tracks, reason } = await viewer.summary;
    stop.abort();
    await publishing;
    expect(reason).toBe("duration");
    expect(tracks.map(({ name }) => name).toSorted()).toEqual(["audio/data", "video/360p"]);
    for (const { groups } of tracks) expect(groups.complete).toBeGreaterThan(0);
    await eventually(
      () => Promise.resolve(recorder.value("moq.relay.active_connections")),
      (count) => count === 0,
      5_000,
    );
  });
});
