import { connect, toPath } from "@moqscope/lite";
import type { nodeWebSocket } from "@moqscope/lite/node";
import { type ClaimsInput, generateKey, signToken, TokenError } from "@moqscope/token";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { RelayOptions } from "./options.ts";
import type { Relay } from "./relay.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";
import { Issuer, secondsAhead } from "./testing/issuer.ts";

let issuer: Issuer;
beforeAll(async () => {
  issuer = await Issuer.create();
});
const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
async function start(options: RelayOptions = {}) {
  const started = await startRelay({ auth: { keys: issuer.keys }, ...options });
  open.push(started.relay);
  return started;
}
const withToken = async (path: string, claims: ClaimsInput): Promise<string> => path + (await issuer.query(claims));
/** The HTTP status of an upgrade that is refused. */
function refusedWith(
  relay: Relay,
  target: string,
  options: { readonly origin?: string; readonly protocol?: string } = {},
): Promise<number> {
  const { protocol = "qmux-02.moq-lite-05", ...rest } = options;
  const socket = new WebSocket(`${relay.url.replace("http", "ws")}/${target}`, [protocol], rest);
  return new Promise((resolve, reject) => {
    socket.once("unexpected-response", (_, response) => resolve(response.resume().statusCode ?? 0));
    socket.once("open", () => (socket.terminate(), reject(new Error("let in"))));
    socket.once("error", () => {});
  });
}

describe("a session over WebSocket", () => {
  test("publishes and watches what its token grants, from the connect path on", async () => {
    const { relay } = await start();
    const publisher = new TestPublisher("me");
    await join(relay, await withToken("demo", { root: "demo", put: "me" }), publisher.origin);
    await until(() => relay.origin.paths.includes(toPath("demo/me")));
    // above the token's root only what is below it is seen
    const viewer = await join(relay, await withToken("", { root: "demo", get: "" }));
    const watching = await TestViewer.watch(viewer, "demo/me");
    const sent = publisher.group(["hello"]);
    await until(() => watching.bytes === sent);
  });

  test.each<[string, string, ClaimsInput | undefined | "nonsense", string]>([
    ["without a token", "demo", undefined, "missing"],
    ["with a token that is none", "demo", "nonsense", "malformed"],
    ["with an expired one", "demo", { root: "demo", get: "", exp: 1 }, "expired"],
    ["at an unrelated path", "other", { root: "demo", get: "" }, "scope"],
    ["where nothing is granted", "demo/you", { root: "demo", put: "me" }, "scope"],
  ])("%s is refused with 401 and counted", async (_, path, claims, reason) => {
    const { relay, recorder } = await start();
    const query = claims === "nonsense" ? "?jwt=nonsense" : claims === undefined ? "" : await issuer.query(claims);
    expect(await refusedWith(relay, path + query)).toBe(401);
    expect(recorder.value("moq.relay.auth_failures", { reason, transport: "websocket" })).toBe(1);
    expect(recorder.value("moq.relay.connections", { transport: "websocket", result: "unauthorized" })).toBe(1);
    expect(recorder.value("moq.relay.errors", { "error.type": "unauthorized", stage: "auth" })).toBe(1);
    const told = recorder.events.filter(({ name }) => name === "moq.auth.rejected");
    expect(told).toMatchObject([{ level: "warn", attributes: { cause: reason, transport: "websocket" } }]);
    expect(JSON.stringify(told)).not.toContain(query.slice(5) || "nothing to repeat");
    await expect(join(relay, path + query)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("with a token of another key is refused as a bad signature", async () => {
    const { relay, recorder } = await start();
    const foreign = await signToken(await generateKey("ES256", "test"), { get: "" });
    expect(await refusedWith(relay, `demo?jwt=${foreign}`)).toBe(401);
    expect(recorder.value("moq.relay.auth_failures", { reason: "bad_signature", transport: "websocket" })).toBe(1);
  });

  test("counts the last of several tokens, and an empty one as none", async () => {
    const { relay } = await start({ auth: { keys: issuer.keys, publicPrefixes: { subscribe: ["lobby"] } } });
    const good = await issuer.token({ get: "" });
    await join(relay, `demo?jwt=nonsense&jwt=${good}`);
    await join(relay, `demo?jwt=${good}&jwt=`);
    await join(relay, "lobby?jwt=");
    expect(await refusedWith(relay, `demo?jwt=${good}&jwt=nonsense`)).toBe(401);
  });

  test("without a subprotocol of ours is refused with 400 before its token is looked at", async () => {
    const { relay, recorder } = await start();
    expect(await refusedWith(relay, "demo", { protocol: "chat" })).toBe(400);
    expect(recorder.value("moq.relay.auth_failures", { reason: "missing", transport: "websocket" })).toBe(0);
  });

  test("is refused with 502 while the keys cannot be had, and its place is given back", async () => {
    const keys = { find: () => Promise.reject(new TokenError("key_unavailable", "no answer")) };
    const { relay, recorder } = await start({ auth: { keys }, limits: { maxSessions: 1 } });
    const target = await withToken("demo", { get: "" });
    for (const _ of [1, 2, 3]) expect(await refusedWith(relay, target)).toBe(502);
    expect(recorder.value("moq.relay.auth_failures", { reason: "other", transport: "websocket" })).toBe(3);
    expect(recorder.value("moq.relay.connections", { transport: "websocket", result: "setup_error" })).toBe(3);
  });

  test("that goes away while its token is judged leaves nothing behind", async () => {
    const judged = Promise.withResolvers<never>();
    const keys = { find: () => judged.promise };
    const { relay, recorder } = await start({ auth: { keys }, limits: { maxSessions: 1 } });
    const target = await withToken("demo", { get: "" });
    const socket = new WebSocket(`${relay.url.replace("http", "ws")}/${target}`, ["qmux-02.moq-lite-05"]);
    socket.once("error", () => {});
    await until(() => socket.readyState === WebSocket.CONNECTING);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.terminate();
    await expect.poll(() => refusedWith(relay, "demo")).toBe(401);
    judged.reject(new TokenError("malformed", "late"));
    await until(() => recorder.value("moq.relay.auth_failures", { reason: "malformed", transport: "websocket" }) === 1);
    expect(recorder.value("moq.relay.active_connections", { transport: "websocket", peer: "client" })).toBe(0);
  });

  test("ends with code 6 when its token does, and was whole until then", async () => {
    const { relay, recorder } = await start();
    const session = await join(relay, await withToken("demo", { get: "", exp: secondsAhead(0.6) }));
    expect(await session.closed).toMatchObject({ by: "peer", code: 6, reason: "the token has expired" });
    await until(() => recorder.value("moq.relay.sessions_closed", { transport: "websocket", reason: "unauthorized" }) === 1);
    expect(recorder.value("moq.relay.auth_failures", { reason: "expired", transport: "websocket" })).toBe(1);
  });
});

describe("what is asked for beside the grants", () => {
  test("an announcement is ignored, the session lives and its other announcements count", async () => {
    const { relay, recorder } = await start();
    const publisher = new TestPublisher("me");
    const other = new TestPublisher("you");
    publisher.origin.publish(other.path, other.broadcast);
    const session = await join(relay, await withToken("demo", { root: "demo", put: "me" }), publisher.origin);
    await until(() => recorder.value("moq.relay.errors", { "error.type": "unauthorized", stage: "announce" }) === 1);
    await until(() => relay.origin.paths.includes(toPath("demo/me")));
    expect(relay.origin.paths).toEqual(["demo/me"]);
    const viewer = await TestViewer.watch(await join(relay, await withToken("demo", { get: "" })), "me");
    const sent = publisher.group(["still here"]);
    await until(() => viewer.bytes === sent);
    session.close();
  });

  test("a subscription is reset with 6, the session lives and watches what it may", async () => {
    const { relay, recorder } = await start();
    const [seen, hidden] = [new TestPublisher("seen"), new TestPublisher("hidden")];
    relay.origin.publish(toPath("demo/seen"), seen.broadcast);
    relay.origin.publish(toPath("demo/hidden"), hidden.broadcast);
    const session = await join(relay, await withToken("demo", { root: "demo", get: "seen" }));
    await expect(TestViewer.watch(session, "hidden")).rejects.toMatchObject({ code: "unauthorized", wireCode: 6 });
    const viewer = await TestViewer.watch(session, "seen");
    const sent = seen.group(["hello"]);
    await until(() => viewer.bytes === sent);
    // moq-lite-05 asks for the track before it subscribes
    expect(recorder.value("moq.relay.errors", { "error.type": "unauthorized", stage: "subscribe" })).toBe(1);
  });

  test("only what may be watched is announced, and with no grant to watch nothing", async () => {
    const { relay } = await start();
    for (const path of ["demo/a", "demo/b", "other/c"]) relay.origin.publish(toPath(path), new TestPublisher(path).broadcast);
    const announcedTo = async (path: string, claims: ClaimsInput): Promise<string[]> => {
      const session = await join(relay, await withToken(path, claims));
      const paths: string[] = [];
      const reading = (async () => {
        for await (const announcement of session.announced()) paths.push(announcement.path);
      })();
      // a publication of our own is told after those before it
      relay.origin.publish(toPath("demo/a/last"), new TestPublisher("last").broadcast)();
      await new Promise((resolve) => setTimeout(resolve, 100));
      session.close();
      await reading.catch(() => {});
      return [...new Set(paths)].filter((each) => !each.endsWith("last")).toSorted();
    };
    expect(await announcedTo("", { root: "demo", get: "" })).toEqual(["demo/a", "demo/b"]);
    expect(await announcedTo("demo", { root: "demo", get: "b" })).toEqual(["b"]);
    expect(await announcedTo("demo", { root: "demo", put: "" })).toEqual([]);
  });
});

describe("without a token", () => {
  test("public prefixes count for their direction", async () => {
    const { relay } = await start({ auth: { publicPrefixes: { subscribe: ["lobby"], publish: ["lobby/open"] } } });
    const publisher = new TestPublisher("open/a");
    await join(relay, "lobby", publisher.origin);
    await until(() => relay.origin.paths.includes(toPath("lobby/open/a")));
    const viewer = await TestViewer.watch(await join(relay, "lobby"), "open/a");
    const sent = publisher.group(["hello"]);
    await until(() => viewer.bytes === sent);
    expect(await refusedWith(relay, "elsewhere")).toBe(401);
    expect(await refusedWith(relay, `lobby?jwt=${await issuer.token({ get: "" })}`)).toBe(401);
  });

  test("a relay that was told nothing of tokens lets everyone do everything, whatever they bring", async () => {
    const { relay } = await startRelay();
    open.push(relay);
    await join(relay, "room?jwt=whatever");
  });
});

describe("HTTP", () => {
  const ask = async (relay: Relay, target: string): Promise<[number, string]> => {
    const response = await fetch(`${relay.url}/${target}`);
    return [response.status, await response.text()];
  };

  test("/announced shows what may be watched below its prefix, and nothing without a grant for it", async () => {
    const { relay, recorder } = await start({ auth: { keys: issuer.keys, publicPrefixes: { subscribe: ["lobby"] } } });
    for (const path of ["demo/a", "demo/b", "lobby/c", "secret/d"]) relay.origin.publish(toPath(path), new TestPublisher(path).broadcast);
    expect(await ask(relay, await withToken("announced/demo", { root: "demo", get: "" }))).toEqual([200, "a\nb"]);
    expect(await ask(relay, await withToken("announced", { root: "demo", get: "b" }))).toEqual([200, "demo/b"]);
    expect(await ask(relay, "announced/lobby")).toEqual([200, "c"]);
    expect(await ask(relay, "announced")).toEqual([200, "lobby/c"]);
    expect((await ask(relay, "announced/secret"))[0]).toBe(401);
    expect((await ask(relay, await withToken("announced/demo", { root: "demo", put: "" })))[0]).toBe(401);
    expect((await ask(relay, await withToken("announced/demo", { get: "", exp: 1 })))[0]).toBe(401);
    expect(recorder.value("moq.relay.auth_failures", { reason: "expired", transport: "unknown" })).toBe(1);
    expect((await ask(relay, "health"))[0]).toBe(200);
  });
});

describe("pages of browsers", () => {
  test("are let in by their exact origin, and may read what the relay answers", async () => {
    const { relay, recorder } = await start({ auth: { publicPrefixes: { subscribe: [""] } }, allowOrigins: ["https://watch.example"] });
    for (const origin of ["https://evil.example", "https://watch.example.evil", "http://watch.example", "null"])
      expect(await refusedWith(relay, "room", { origin })).toBe(403);
    expect(recorder.value("moq.relay.connections", { transport: "websocket", result: "unauthorized" })).toBe(4);
    const session = await connect(`${relay.url}/room`, { webSocket: withOrigin("https://watch.example") });
    session.close();
    await join(relay, "room");
    const cors = async (origin: string): Promise<string | null> =>
      (await fetch(`${relay.url}/announced`, { headers: { origin } })).headers.get("access-control-allow-origin");
    expect(await cors("https://watch.example")).toBe("https://watch.example");
    expect(await cors("https://evil.example")).toBeNull();
  });
});

/** A WebSocket as a page of this origin opens it. */
function withOrigin(origin: string): typeof nodeWebSocket {
  class OfPage extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { perMessageDeflate: false, origin });
    }
  }
  return OfPage as unknown as typeof nodeWebSocket;
}
