import { startSession, toPath } from "@moqscope/lite";
import { quicTransport } from "@moqscope/lite/node";
import type { QuicSession } from "@moqscope/quic";
import { connectQuic } from "@moqscope/quic";
import type { ClaimsInput } from "@moqscope/token";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RelayOptions } from "./options.ts";
import type { Relay } from "./relay.ts";
import { startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";
import { Issuer, secondsAhead } from "./testing/issuer.ts";
import { addon, dial, joinQuic, joinRaw } from "./testing/quic.ts";

let issuer: Issuer;
beforeAll(async () => {
  issuer = await Issuer.create();
});
beforeEach(({ skip }) => {
  if (!addon.available) skip(addon.reason);
});
const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
async function start(options: RelayOptions = {}) {
  const started = await startRelay({ tls: { generate: ["localhost"] }, webTransport: "quic", auth: { keys: issuer.keys }, ...options });
  open.push(started.relay);
  return started;
}
const protocols = ["moq-lite-05"];
const dialTo = (relay: Relay, target: string) =>
  dial(relay.certificateSha256, `${relay.url.replace("http:", "https:")}/${target}`, protocols);
const dialRaw = (relay: Relay) => dial(relay.certificateSha256, `${relay.url.replace("http:", "moqt:")}/`, protocols);
/** Says SETUP (05) by hand: type, length, count, then each parameter (moq-lite.md §11). */
async function sayRole(session: QuicSession, role: number): Promise<void> {
  const stream = await session.openUni();
  stream.write(Uint8Array.of(0x01, 0x04, 0x01, 0x03, 0x01, role));
  stream.finish();
}

describe("WebTransport", () => {
  test("publishes and watches what a token grants, and is closed with 6 when it ends", async () => {
    const { relay, recorder } = await start();
    const publisher = new TestPublisher("me");
    await joinQuic(`${relay.url}/demo${await issuer.query({ root: "demo", put: "me" })}`, publisher.origin);
    await until(() => relay.origin.paths.includes(toPath("demo/me")));
    const session = await joinQuic(`${relay.url}/demo${await issuer.query({ root: "demo", get: "", exp: secondsAhead(1) })}`);
    const viewer = await TestViewer.watch(session, "me");
    const sent = publisher.group(["hello"]);
    await until(() => viewer.bytes === sent);
    expect(await session.closed).toMatchObject({ by: "peer", code: 6, reason: "the token has expired" });
    expect(recorder.value("moq.relay.auth_failures", { reason: "expired", transport: "webtransport" })).toBe(1);
  });

  test.each<[string, ClaimsInput | undefined, string]>([
    ["without a token", undefined, "missing"],
    ["with an expired one", { get: "", exp: 1 }, "expired"],
    ["at an unrelated path", { root: "other", get: "" }, "scope"],
  ])("%s is accepted and closed with 6, since a browser cannot read a status", async (_, claims, reason) => {
    const { relay, recorder } = await start();
    const session = await dialTo(relay, `demo${claims === undefined ? "" : await issuer.query(claims)}`);
    expect(await session.closed).toMatchObject({ by: "peer", code: 6 });
    expect(recorder.value("moq.relay.auth_failures", { reason, transport: "webtransport" })).toBe(1);
    expect(recorder.value("moq.relay.connections", { transport: "webtransport", result: "unauthorized" })).toBe(1);
  });

  test.each<[string, number, ClaimsInput, boolean]>([
    ["a publisher without `put`", 1, { get: "" }, false],
    ["a subscriber without `get`", 2, { put: "" }, false],
    ["a publisher with it", 1, { put: "", get: "" }, true],
    ["both, with one of them", 0, { get: "" }, true],
    ["an unknown role, which is both", 3, { get: "" }, true],
  ])("who says in SETUP to be %s", async (_, role, claims, isLetIn) => {
    const { relay, recorder } = await start();
    const session = await dialTo(relay, `demo${await issuer.query(claims)}`);
    await sayRole(session, role);
    if (isLetIn) {
      await until(() => recorder.value("moq.relay.active_connections", { transport: "webtransport" }) === 1);
      return;
    }
    expect(await session.closed).toMatchObject({ by: "peer", code: 6 });
    await until(() => recorder.value("moq.relay.connections", { transport: "webtransport", result: "unauthorized" }) === 1);
    expect(recorder.value("moq.relay.auth_failures", { reason: "scope", transport: "webtransport" })).toBe(1);
  });

  test("pages of other origins are closed with 6", async () => {
    const { relay } = await start({ auth: { publicPrefixes: { subscribe: [""] } }, allowOrigins: ["https://watch.example"] });
    const from = (origin: string) =>
      connectQuic(`${relay.url.replace("http:", "https:")}/`, {
        protocols,
        trust: { sha256: [relay.certificateSha256 ?? ""] },
        headers: { origin },
      });
    expect(await (await from("https://evil.example")).closed).toMatchObject({ by: "peer", code: 6 });
    const good = startSession(quicTransport(await from("https://watch.example")), { role: "client" });
    await good.ready;
  });
});

describe("raw QUIC", () => {
  test("brings path and token in SETUP: nothing is shown before they were judged", async () => {
    const { relay } = await start();
    const publisher = new TestPublisher("me");
    await joinRaw(relay, `demo${await issuer.query({ root: "demo", put: "me" })}`, publisher.origin);
    await until(() => relay.origin.paths.includes(toPath("demo/me")));
    const viewer = await TestViewer.watch(await joinRaw(relay, `demo${await issuer.query({ root: "demo", get: "" })}`), "me");
    const sent = publisher.group(["hello"]);
    await until(() => viewer.bytes === sent);
  });

  test("is closed with 6 where the token allows nothing, and counted as refused", async () => {
    const { relay, recorder } = await start();
    const path = `/demo${await issuer.query({ root: "other", get: "" })}`;
    const session = startSession(quicTransport(await dialRaw(relay)), { role: "client", path });
    expect(await session.closed).toMatchObject({ by: "peer", code: 6 });
    await until(() => recorder.value("moq.relay.connections", { transport: "quic", result: "unauthorized" }) === 1);
    expect(recorder.value("moq.relay.auth_failures", { reason: "scope", transport: "quic" })).toBe(1);
    expect(recorder.value("moq.relay.active_connections")).toBe(0);
  });
});
