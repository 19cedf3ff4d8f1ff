import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NodeReport } from "./cluster/report.ts";
import type { Relay } from "./relay.ts";
import type { CacheReport, TrackReport } from "./session/track-report.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";

let relay: Relay;
beforeEach(async () => {
  ({ relay } = await startRelay({
    webTransport: "off",
    tcpInfo: false,
    node: "n1",
    region: "eu",
    metricsText: () => "",
    describeConfig: () => ({ file: "relay.toml" }),
  }));
});
afterEach(() => relay.close());
const ask = (path: string): Promise<Response> => fetch(`${relay.adminUrl}${path}`);
async function json<T>(path: string): Promise<T> {
  const answer = await ask(path);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
  return (await answer.json()) as T;
}

describe("the admin listener", () => {
  test("tells tracks with their readers and what of them is cached, as far as it is asked", async () => {
    const publisher = new TestPublisher("room/a", ["video", "audio"]);
    const [source, viewer, other] = [await join(relay, "", publisher.origin), await join(relay), await join(relay)];
    for await (const { kind } of viewer.announced()) if (kind === "active") break;
    const [video, audio] = [await TestViewer.watch(viewer, "room/a", "video"), await TestViewer.watch(other, "room/a", "audio")];
    const second = await TestViewer.watch(other, "room/a", "video");
    await until(() => publisher.track("video").readers > 0 && publisher.track("audio").readers > 0);
    for (const text of ["one", "two"]) publisher.group([text]);
    publisher.group(["sound"], "audio");
    await until(() => video.finished.length === 2 && second.finished.length === 2 && audio.finished.length === 1);

    const { total, tracks, node, region } = await json<{ total: number; tracks: TrackReport[]; node: string; region: string }>("/tracks");
    expect([total, node, region]).toEqual([2, "n1", "eu"]);
    expect(tracks.toSorted((a, b) => a.track.localeCompare(b.track))).toMatchObject([
      { broadcast: "room/a", track: "audio", readers: 1, latest: 0, cachedGroups: 1, cachedBytes: 5, ended: false },
      { broadcast: "room/a", track: "video", readers: 2, latest: 1, cachedGroups: 2, cachedBytes: 6, ended: false },
    ]);
    expect(await json<CacheReport>("/cache")).toMatchObject({
      bytes: 11,
      groups: 3,
      tracks: 2,
      limits: { bytesPerTrack: expect.any(Number) as number },
      broadcasts: [{ broadcast: "room/a", tracks: 2, groups: 3, bytes: 11 }],
    });
    expect((await json<{ tracks: unknown[]; total: number }>("/tracks?limit=1")).tracks).toHaveLength(1);
    const sessions = await json<{ sessions: unknown[]; total: number }>("/sessions?limit=2");
    expect([sessions.sessions.length, sessions.total]).toEqual([2, 3]);
    for (const session of [source, viewer, other]) session.close();
    await until(() => [...relay.origin.tracks()].every(([, track]) => track.readers === 0));
  });

  test("tells peers at /nodes and /peers alike, and what is in force", async () => {
    const peers = await json<{ nodes: NodeReport[]; total: number; name: string }>("/peers");
    expect(peers).toEqual({ name: "n1", region: "eu", total: 0, nodes: [] });
    expect(await json("/nodes")).toEqual(peers);
    expect(await json("/config")).toEqual({ file: "relay.toml" });
  });

  test("refuses limits that are none, other paths and other methods, and says what there is", async () => {
    for (const query of ["-1", "x", "10001", "", "1e2"]) expect((await ask(`/sessions?limit=${query}`)).status, query).toBe(400);
    const missing = await ask("/other");
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining("/tracks, /cache, /nodes (or /peers)")]);
    expect((await fetch(`${relay.adminUrl}/tracks`, { method: "POST" })).status).toBe(405);
  });
});
