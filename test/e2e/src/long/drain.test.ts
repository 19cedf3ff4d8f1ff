import { publishFile, type SubscribeReport, samplePath, subscribe } from "@moqscope/cli";
import { createRelay, type Relay } from "@moqscope/relay";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const loopback = { host: "127.0.0.1", port: 0 };
const broadcast = "demo.hang";

describe("a relay that is drained while a file is published to it and watched there", () => {
  let relays: Relay[] = [];
  const stop = new AbortController();
  beforeEach(async () => {
    const options = { listen: loopback, adminListen: false, webTransport: "off", tcpInfo: false } as const;
    relays = await Promise.all([createRelay(options), createRelay(options)]);
  });
  afterEach(async () => {
    stop.abort();
    await Promise.all(relays.map((relay) => relay.close()));
  });

  it("sends publisher and viewers to the next one: each goes on there, no group is missing, and nobody stalls for 3 s", async () => {
    const [leaving, next] = relays;
    if (!leaving || !next) throw new Error("not started");
    const { signal } = stop;
    const published = publishFile({ file: samplePath, url: leaving.url, broadcast, loop: true, transport: "websocket", signal });
    let lastMs = Number.NaN;
    let longestMs = 0;
    const heard = (): void => {
      const nowMs = performance.now();
      if (nowMs - lastMs > longestMs) longestMs = nowMs - lastMs;
      lastMs = nowMs;
    };
    const viewers = Array.from({ length: 3 }, (_, at) =>
      subscribe({
        url: leaving.url,
        broadcast,
        transport: "websocket",
        signal,
        ...(at === 0 ? { onGroup: heard } : {}),
      }),
    );
    const frames = (report: SubscribeReport): number => report.tracks.reduce((sum, track) => sum + track.frames, 0);
    await expect.poll(() => viewers.every((viewer) => frames(viewer.report()) > 60), { timeout: 60_000 }).toBe(true);
    lastMs = performance.now();
    await leaving.drain({ goawayUri: next.url, timeoutMs: 20_000 });
    const before = viewers.map((viewer) => frames(viewer.report()));
    await expect
      .poll(() => viewers.every((viewer, at) => frames(viewer.report()) > (before[at] ?? 0) + 60), { timeout: 60_000 })
      .toBe(true);
    expect(longestMs).toBeLessThan(3000);
    for (const viewer of viewers) {
      for (const { groups } of viewer.report().tracks) expect(groups).toMatchObject({ missing: 0, lost: 0 });
    }
    for (const viewer of viewers) expect(viewer.report()).toMatchObject({ state: "receiving", reconnects: 1 });
    stop.abort();
    await published.catch(() => undefined);
  }, 120_000);
});
