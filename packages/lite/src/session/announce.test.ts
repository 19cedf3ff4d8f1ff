import { afterEach, describe, expect, test } from "vitest";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin, type Unpublish } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { RecordingMeter } from "../testing/fixtures/recording-meter.ts";
import { closeAll, closeLater, sessionsBetween } from "../testing/fixtures/session-pair.ts";
import { type Announce, AnnounceOk, announce } from "../wire/announce.ts";
import { encodeMessage } from "../wire/codec.ts";
import { hasAnnounceOk, hasHopIds, hasRouteChange, Version } from "../wire/version.ts";
import { startSession } from "./start.ts";

afterEach(closeAll);
const versions = [Version.lite05, Version.lite04, Version.lite03] as const;
const ours = 99n;
const sender = 42n;
const show = toPath("show");
const hexOf = (encoded: Uint8Array): string => Buffer.from(encoded).toString("hex");
const hopsUpTo = (count: number): bigint[] => Array.from({ length: count }, (_, i) => BigInt(i + 1000));

/** A session of ours that asks a raw peer what it announces; `told` is what our application hears. */
async function asking(version: Version) {
  const clock = new FakeClock();
  const meter = new RecordingMeter();
  const peer = new RawPeer({ clock, protocol: version });
  const session = startSession(peer.transport, { role: "server", publish: new Origin(ours), clock, meter });
  closeLater(session);
  peer.hello();
  if (version === Version.lite05) peer.stream(2, "01 01 00", true);
  const told: string[] = [];
  void (async () => {
    for await (const one of session.announced()) told.push(one.kind === "active" ? `+${one.path} ${one.hops.join(",")}` : `-${one.path}`);
    told.push("end");
  })().catch(() => told.push("failed"));
  await settle();
  if (hasAnnounceOk(version)) peer.stream(1, hexOf(encodeMessage(AnnounceOk, { hop: sender, active: 0 })));
  const say = async (one: Partial<Announce>): Promise<void> => {
    peer.stream(1, hexOf(encodeMessage(announce(version), { active: true, suffix: show, hops: [], ...one })));
    await settle();
  };
  return { peer, meter, told, say, session };
}
/** The chain of the wire's `hops` as our application hears it; on 03 the first is a random id of the session. */
function chain(version: Version, told: readonly string[], hops: readonly bigint[]): string {
  if (hasAnnounceOk(version)) return [...hops, sender].join(",");
  if (hasHopIds(version)) return hops.join(",");
  const [, first = ""] = told.at(-1)?.split(/[ ,]/) ?? [];
  expect(BigInt(first)).toBeGreaterThan(0n);
  return [first, ...hops.slice(1).map(() => "0")].join(",");
}

describe.each(versions)("what a peer announces on %s", (version) => {
  test("is heard with its whole chain, the publisher first and the peer last as far as the version tells", async () => {
    const { told, say } = await asking(version);
    await say({ hops: [7n, 300n] });
    expect(told).toEqual([`+show ${chain(version, told, [7n, 300n])}`]);
  });
  test("again, while it is active, is a change of route, and is counted as a restart", async () => {
    const { told, say, meter, peer } = await asking(version);
    await say({ hops: [7n, 300n] });
    await say({ hops: [7n] });
    expect(told).toHaveLength(2);
    expect(told[1]).toBe(`+show ${chain(version, told, [7n])}`);
    expect(meter.lines).toEqual(["announcement active", "announcement restarted"]);
    expect(peer.close).toBeUndefined();
  });
  test("is taken back once, is nothing when it was not there, and may begin again", async () => {
    const { told, say, meter } = await asking(version);
    await say({ active: false });
    await say({});
    await say({ active: false });
    await say({ active: false });
    await say({});
    expect(told.map((line) => line.slice(0, 5))).toEqual(["+show", "-show", "+show"]);
    expect(meter.lines).toEqual(["announcement active", "announcement ended", "announcement active"]);
  });
  test("is ignored with more than 32 hops, and counted; the next one is heard", async () => {
    const { told, say, meter, peer } = await asking(version);
    await say({ hops: hopsUpTo(33) });
    await say({ suffix: toPath("next") });
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("+next");
    expect(meter.count("error bounds_exceeded announce")).toBe(1);
    expect(peer.close).toBeUndefined();
  });
  test("is gone at the end of its stream, and of the session", async () => {
    const { told, say, peer } = await asking(version);
    await say({});
    peer.stream(1, "", true);
    await settle();
    expect(told.at(-1)).toBe("end");
  });
});

describe.each([Version.lite05, Version.lite04])("a loop on %s", (version) => {
  test("is not heard: our own id in a chain", async () => {
    const { told, say, meter } = await asking(version);
    await say({ hops: [7n, ours, 8n] });
    await say({ hops: [ours] });
    expect([told, meter.lines]).toEqual([[], []]);
  });
  test("takes back what was heard before it became one", async () => {
    const { told, say } = await asking(version);
    await say({ hops: [7n] });
    await say({ hops: [7n, ours] });
    expect(told.at(-1)).toBe("-show");
  });
});
test("a chain that only its sender makes longer than 32 is not heard on 05", async () => {
  const { told, say } = await asking(Version.lite05);
  await say({ hops: hopsUpTo(32) });
  await say({ hops: hopsUpTo(31) });
  expect(told).toHaveLength(1);
});
test.each([
  [Version.lite05, undefined],
  [Version.lite04, 15],
  [Version.lite03, 15],
])("restart, status 2, is read as active on %s alone", async (version, code) => {
  const { peer, told } = await asking(version);
  peer.stream(1, "07 02 0473686f77 00");
  await settle();
  expect(peer.close?.code).toBe(code);
  expect(told.length > 0 && told[0]?.startsWith("+show")).toBe(code === undefined);
});

/** What a raw peer that asks is told, as bytes, behind the first answer. */
async function told(version: Version, exclude: bigint) {
  const clock = new FakeClock();
  const origin = new Origin(7n, { clock });
  const peer = new RawPeer({ clock, protocol: version });
  closeLater(startSession(peer.transport, { role: "server", publish: origin, clock }));
  peer.hello();
  if (version === Version.lite05) peer.stream(2, "01 01 00", true);
  peer.stream(0, hasHopIds(version) ? `01 02 00 ${exclude.toString(16).padStart(2, "0")}` : "01 01 00");
  await settle();
  const before = peer.received(0).length;
  const say = (one: Partial<Announce>): string => {
    const hops = one.active === false || hasAnnounceOk(version) ? (one.hops ?? []) : [...(one.hops ?? []), 7n];
    return hexOf(encodeMessage(announce(version), { active: true, suffix: show, ...one, hops }));
  };
  const heard = async (): Promise<string> => {
    await settle();
    return peer.received(0).slice(before);
  };
  return { clock, origin, say, heard };
}
const broadcast = new LocalBroadcast();

describe.each(versions)("what we announce on %s", (version) => {
  test("another publisher's route is an end and a beginning, the same one's a restart where the version has it", async () => {
    const { origin, say, heard } = await told(version, 0n);
    origin.publish(show, broadcast, { hops: [1n, 2n] });
    origin.publish(show, broadcast, { hops: [1n] });
    const restart = hasRouteChange(version) ? say({ hops: [1n] }) : "";
    expect(await heard()).toBe(say({ hops: [1n, 2n] }) + restart);
    origin.publish(show, broadcast, { hops: [5n] });
    expect(await heard()).toBe(say({ hops: [1n, 2n] }) + restart + say({ active: false }) + say({ hops: [5n] }));
  });
  test("a chain above 32 hops is not told", async () => {
    const { origin, heard } = await told(version, 0n);
    origin.publish(show, broadcast, { hops: hopsUpTo(33) });
    expect(await heard()).toBe("");
  });
  test("a publisher that was lost is announced for its linger, then taken back", async () => {
    const { clock, origin, say, heard } = await told(version, 0n);
    const gone = origin.publish(show, broadcast, { hops: [1n] });
    gone({ lingerMs: 5000 });
    gone({ lingerMs: 5000 });
    await clock.advance(4999);
    expect(await heard()).toBe(say({ hops: [1n] }));
    await clock.advance(1);
    expect(await heard()).toBe(say({ hops: [1n] }) + say({ active: false }));
    expect([origin.paths, clock.pendingBackground]).toEqual([[], 0]);
  });
  test("the same publisher back within its linger resumes: a change of route at most", async () => {
    const { clock, origin, say, heard } = await told(version, 0n);
    origin.publish(show, broadcast, { hops: [1n] })({ lingerMs: 5000 });
    await clock.advance(3000);
    const gone = origin.publish(show, broadcast, { hops: [1n, 2n] });
    await clock.advance(10_000);
    const resumed = say({ hops: [1n] }) + (hasRouteChange(version) ? say({ hops: [1n, 2n] }) : "");
    expect(await heard()).toBe(resumed);
    gone();
    expect(await heard()).toBe(resumed + say({ active: false }));
  });
  test("another publisher replaces it at once, and when that leaves nothing comes back", async () => {
    const { clock, origin, say, heard } = await told(version, 0n);
    origin.publish(show, broadcast, { hops: [1n] })({ lingerMs: 5000 });
    const gone: Unpublish = origin.publish(show, broadcast, { hops: [2n] });
    gone();
    const all = say({ hops: [1n] }) + say({ active: false }) + say({ hops: [2n] }) + say({ active: false });
    expect(await heard()).toBe(all);
    await clock.advance(10_000);
    expect(await heard()).toBe(all);
  });
  test("a linger that is cut short ends at once", async () => {
    const { clock, origin, say, heard } = await told(version, 0n);
    const gone = origin.publish(show, broadcast, { hops: [1n] });
    gone({ lingerMs: 5000 });
    gone();
    expect(await heard()).toBe(say({ hops: [1n] }) + say({ active: false }));
    expect(clock.pendingBackground).toBe(0);
  });
});

describe.each([Version.lite05, Version.lite04])("a peer that excludes a hop on %s", (version) => {
  test("is told the best route that avoids it, nothing where there is none, and the change between the two", async () => {
    const { origin, say, heard } = await told(version, 9n);
    origin.publish(show, broadcast, { hops: [1n, 2n, 3n] });
    const best = origin.publish(show, broadcast, { hops: [1n, 9n] });
    origin.publish(toPath("loop"), broadcast, { hops: [9n] });
    expect(await heard()).toBe(say({ hops: [1n, 2n, 3n] }));
    best();
    expect(await heard()).toBe(say({ hops: [1n, 2n, 3n] }));
  });
});

test.each([
  [Version.lite05, Version.lite03],
  [Version.lite04, Version.lite05],
  [Version.lite05, Version.lite04],
  [Version.lite03, Version.lite05],
])("a chain keeps its length from %s through a relay to %s, and each hop is in it once", async (from, to) => {
  const clock = new FakeClock();
  const [publisher, relay, reader] = [1n, 2n, 3n].map((id) => new Origin(id, { clock })) as [Origin, Origin, Origin];
  const upstream = sessionsBetween({ server: publisher, client: relay }, { clock, protocol: from }).client;
  void (async () => {
    for await (const one of upstream.announced())
      if (one.kind === "active") relay.publish(one.path, upstream.broadcast(one.path), { hops: one.hops });
  })();
  publisher.publish(show, broadcast);
  const viewer = sessionsBetween({ server: relay, client: reader }, { clock, protocol: to }).client;
  const hops: string[] = [];
  void (async () => {
    for await (const one of viewer.announced()) if (one.kind === "active") hops.push(one.hops.join(","));
  })();
  await settle();
  await settle();
  expect(hops).toHaveLength(1);
  const ids = (hops[0] ?? "").split(",");
  expect(ids).toHaveLength(2);
  if (hasHopIds(to)) expect(ids[1]).toBe("2");
  if (hasHopIds(to) && hasHopIds(from)) expect(ids[0]).toBe("1");
  else expect(BigInt(ids[0] ?? "0")).toBeGreaterThan(0n);
});
