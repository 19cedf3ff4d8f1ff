import { describe, expect, test } from "vitest";
import { FleetProcess } from "../testing/fleet.ts";
import { histogram, playerResource, request, sum } from "../testing/otlp-json.ts";

const bornMs = 1_800_000_000_000;
const transport = "websocket";

interface Played {
  readonly session: number;
  readonly sequence?: number;
  readonly seconds: number;
  readonly atMs: number;
  readonly broadcast: string | undefined;
  readonly country?: string;
  readonly isFinal?: boolean;
}

/** A session that has played so long, with one slow and one fast start, and stalls of three causes. */
function play(fleet: FleetProcess, { session, sequence = 1, seconds, atMs, broadcast, country = "ZZ", isFinal = false }: Played): void {
  const id = `session-number-${String(session).padStart(6, "0")}`;
  const times = { startMs: bornMs - 30_000, timeMs: bornMs + 1000 * sequence };
  const stalled = (cause: string): unknown => sum("moq.client.rebuffer_time", seconds / 10, { cause, transport }, times);
  const body = request(playerResource({ sessionId: id, sequence, acked: sequence - 1, isFinal }), [
    sum("moq.client.play_attempts", 1, { outcome: "started", transport }, times),
    sum("moq.client.play_time", seconds, { transport }, times),
    histogram("moq.client.startup_time", [0.4, 2, 2.5], { transport }, times),
    ...["network", "publisher", "unknown"].map(stalled),
  ] as never);
  expect(fleet.take(body, atMs, fleet.id, { broadcast, country, userAgent: "" }).isResync).toBe(false);
}

/** Newest values of a metric by the label that tells its series apart; those that ended are left out. */
function by(fleet: FleetProcess, name: string, label: string): Record<string, number> {
  fleet.fleet.series.flush(bornMs);
  const found: Record<string, number> = {};
  for (const series of fleet.store.named(name)) {
    const key = series.shape.attributes[label] ?? "";
    if (!series.isEnded) found[key] = (found[key] ?? 0) + series.newest();
  }
  return found;
}

describe("by country", () => {
  test("attempts, play time, stalls of the network and slow starts are told once more; what no country is counts as ZZ", () => {
    const fleet = new FleetProcess("here");
    play(fleet, { session: 1, seconds: 10, atMs: bornMs, broadcast: undefined, country: "DE" });
    play(fleet, { session: 2, seconds: 6, atMs: bornMs, broadcast: undefined, country: "DE" });
    play(fleet, { session: 3, seconds: 4, atMs: bornMs, broadcast: undefined, country: "Atlantis" });
    expect(by(fleet, "moq.client.country.play_attempts", "country")).toEqual({ DE: 2, ZZ: 1 });
    expect(by(fleet, "moq.client.country.play_time", "country")).toEqual({ DE: 16, ZZ: 4 });
    expect(by(fleet, "moq.client.country.slow_starts", "country")).toEqual({ DE: 2, ZZ: 1 });
    expect(by(fleet, "moq.client.country.rebuffer_time", "country")["DE"]).toBeCloseTo(3.2, 12);
    expect(by(fleet, "moq.client.play_time", "region")).toEqual({ europe: 16, unknown: 4 });
  });

  test("live sessions are a gauge that falls to 0 when the last one goes", () => {
    const fleet = new FleetProcess("here");
    play(fleet, { session: 1, seconds: 10, atMs: bornMs, broadcast: undefined, country: "JP" });
    play(fleet, { session: 2, seconds: 10, atMs: bornMs + 60_000, broadcast: undefined, country: "JP" });
    fleet.fleet.tick(bornMs + 60_000);
    expect(by(fleet, "moq.client.country.sessions", "country")).toEqual({ JP: 2 });
    fleet.fleet.tick(bornMs + 100_000);
    expect(by(fleet, "moq.client.country.sessions", "country")).toEqual({ JP: 1 });
    fleet.fleet.tick(bornMs + 200_000);
    expect(by(fleet, "moq.client.country.sessions", "country")).toEqual({ JP: 0 });
  });
});

describe("by broadcast", () => {
  test("a broadcast takes a free place at once and begins at zero; without a place, or without a claim, it is other", () => {
    const fleet = new FleetProcess("here", { broadcasts: 1 });
    play(fleet, { session: 1, seconds: 10, atMs: bornMs, broadcast: "live/one" });
    play(fleet, { session: 2, seconds: 5, atMs: bornMs, broadcast: "live/two" });
    play(fleet, { session: 3, seconds: 2, atMs: bornMs, broadcast: undefined });
    expect(by(fleet, "moq.client.broadcast.play_time", "broadcast")).toEqual({ "live/one": 10, other: 7 });
    expect(by(fleet, "moq.client.broadcast.slow_starts", "broadcast")).toEqual({ "live/one": 1, other: 2 });
    expect(by(fleet, "moq.client.broadcast.rebuffer_time", "broadcast")["live/one"]).toBeCloseTo(3, 12);
    // play attempt, slow start, play time and three stalls of the one that has a claim and no place
    expect(fleet.counts["overflow"]).toBe(6);
    for (const series of fleet.store.named("moq.client.broadcast.play_time")) expect(series.zeroMs).toBe(bornMs - 1);
  });

  test("one that is stronger by a fifth for 30 s takes the place of the weakest, once that has had it for 5 minutes; its series end", () => {
    const fleet = new FleetProcess("here", { broadcasts: 1, idleExpiryMs: 3_600_000, liveTtlMs: 3_600_000 });
    play(fleet, { session: 1, seconds: 10, atMs: bornMs, broadcast: "old" });
    play(fleet, { session: 2, seconds: 10, atMs: bornMs, broadcast: "new" });
    play(fleet, { session: 3, seconds: 10, atMs: bornMs, broadcast: "new" });
    for (let atMs = bornMs; atMs < bornMs + 300_000; atMs += 10_000) fleet.fleet.tick(atMs);
    expect(Object.keys(by(fleet, "moq.client.broadcast.play_time", "broadcast"))).toEqual(["old", "other"]);
    fleet.fleet.tick(bornMs + 300_000);
    // its last value leaves with an export before it ends
    expect(by(fleet, "moq.client.broadcast.play_time", "broadcast")).toEqual({ old: 10, other: 20, new: 0 });
    play(fleet, { session: 2, sequence: 2, seconds: 14, atMs: bornMs + 301_000, broadcast: "new" });
    play(fleet, { session: 1, sequence: 2, seconds: 11, atMs: bornMs + 301_000, broadcast: "old" });
    expect(by(fleet, "moq.client.broadcast.play_time", "broadcast")).toEqual({ old: 10, other: 21, new: 4 });
    fleet.fleet.tick(bornMs + 310_000);
    expect(by(fleet, "moq.client.broadcast.play_time", "broadcast")).toEqual({ other: 21, new: 4 });
  });

  test("as strong is not strong enough, and strength for less than 30 s neither", () => {
    const fleet = new FleetProcess("here", { broadcasts: 1, idleExpiryMs: 3_600_000, liveTtlMs: 3_600_000 });
    for (let session = 0; session < 10; session++) play(fleet, { session, seconds: 1, atMs: bornMs, broadcast: "old" });
    for (let session = 10; session < 21; session++) play(fleet, { session, seconds: 1, atMs: bornMs, broadcast: "new" });
    for (let atMs = bornMs; atMs < bornMs + 600_000; atMs += 10_000) fleet.fleet.tick(atMs);
    expect(Object.keys(by(fleet, "moq.client.broadcast.play_time", "broadcast"))).toEqual(["old", "other"]);
    play(fleet, { session: 21, seconds: 1, atMs: bornMs + 600_000, broadcast: "new" });
    for (const seconds of [0, 10, 20]) fleet.fleet.tick(bornMs + 600_000 + seconds * 1000);
    expect(Object.keys(by(fleet, "moq.client.broadcast.play_time", "broadcast"))).toEqual(["old", "other"]);
    for (const seconds of [30, 40]) fleet.fleet.tick(bornMs + 600_000 + seconds * 1000);
    expect(Object.keys(by(fleet, "moq.client.broadcast.play_time", "broadcast"))).toEqual(["other", "new"]);
  });

  test("under the churn of 1 000 broadcasts the growth over all broadcasts is that of the total, and the series stay bounded", () => {
    const fleet = new FleetProcess("here", { broadcasts: 20, idleExpiryMs: 60_000, liveTtlMs: 60_000 });
    const last = new Map<string, number>();
    let counted = 0;
    /** What an export each ten seconds adds up: the growth of each series since the one before. */
    const exportAll = (): void => {
      const now = by(fleet, "moq.client.broadcast.play_time", "broadcast");
      for (const [broadcast, value] of Object.entries(now)) counted += value - (last.get(broadcast) ?? 0);
      last.clear();
      for (const [broadcast, value] of Object.entries(now)) last.set(broadcast, value);
      // those that lost their place at the last ranking still stand beside those that took it
      expect(Object.keys(now).length).toBeLessThanOrEqual(41);
      expect(counted).toBeCloseTo(fleet.total("moq.client.play_time"), 6);
    };
    const met = new Set<string>();
    for (let minute = 0; minute < 60; minute++) {
      const atMs = bornMs + minute * 60_000;
      for (let viewer = 0; viewer < 60; viewer++) {
        // each minute other broadcasts are in favour
        const broadcast = `live/${(minute * 20 + viewer) % 1000}`;
        met.add(broadcast);
        play(fleet, { session: minute * 100 + viewer, seconds: 1 + (viewer % 7), atMs, broadcast, isFinal: viewer % 3 === 0 });
      }
      for (let second = 0; second < 60; second += 10) {
        fleet.fleet.tick(atMs + second * 1000);
        exportAll();
      }
    }
    expect(met.size).toBe(1000);
    const ended = [...fleet.store.named("moq.client.broadcast.play_time")].filter(({ isEnded }) => isEnded);
    expect(ended.length).toBeGreaterThan(50);
    expect(fleet.table.size).toBeLessThanOrEqual(120);
  }, 60_000);

  test("a name too long for a label is cut and told apart by its hash, and a broadcast cannot call itself other", () => {
    const fleet = new FleetProcess("here");
    play(fleet, { session: 1, seconds: 1, atMs: bornMs, broadcast: "x".repeat(200) });
    play(fleet, { session: 2, seconds: 2, atMs: bornMs, broadcast: "other" });
    const labels = Object.keys(by(fleet, "moq.client.broadcast.play_time", "broadcast"));
    expect(labels).toEqual([expect.stringMatching(/^x{55}~[0-9a-f]{8}$/), "other~path"]);
  });
});
