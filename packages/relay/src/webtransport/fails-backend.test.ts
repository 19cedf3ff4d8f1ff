import { LocalBroadcast, startSession, toPath, type WebTransportConstructor, webTransportOpener } from "@moqscope/lite";
import { afterEach, expect, test } from "vitest";
import { type Served, serveWith } from "../testing/web-transports.ts";
import { failsBackend, failsBackendOf } from "./fails-backend.ts";
import type { FailsServerConstructor } from "./fails-module.ts";

let served: Served | undefined;
afterEach(async () => {
  await served?.[Symbol.asyncDispose]();
  served = undefined;
});
const tcp = { host: "127.0.0.1", port: 0 };

/** The package's HTTP/2 mode has the same server, without the native part that not every machine can have. */
async function serve(options: Parameters<typeof serveWith>[1] = {}) {
  const { Http2Server } = await import("@fails-components/webtransport");
  const backend = failsBackendOf(Http2Server as unknown as FailsServerConstructor);
  served = await serveWith(() => Promise.resolve(backend), options);
  const state = await served.transports.add(tcp);
  if (state.kind !== "listening") throw new Error(JSON.stringify(state));
  return { ...served, port: state.addresses[0]?.port ?? 0, state };
}
async function dial(at: { readonly port: number; readonly keeper: Served["keeper"] }, path: string, protocols = ["moq-lite-05"]) {
  const { WebTransport } = await import("@fails-components/webtransport");
  const Client = class extends (WebTransport as unknown as new (url: string, options: object) => object) {
    constructor(url: string, options: object) {
      super(url, { ...options, forceReliable: true });
    }
  } as unknown as WebTransportConstructor;
  return webTransportOpener(Client)(new URL(`https://127.0.0.1:${at.port}${path}`), {
    signal: AbortSignal.timeout(5_000),
    protocols,
    certificateHashes: [new Uint8Array(Buffer.from(at.keeper.current.sha256, "hex"))],
  });
}

test("a session of @fails-components/webtransport has the path of its URL and the protocol that its client likes best", async () => {
  const relay = await serve();
  relay.origin.publish(toPath("room/a"), new LocalBroadcast());
  const transport = await dial(relay, "/room", ["moq-lite-04", "moq-lite-05"]);
  const session = startSession(transport, { role: "client" });
  const { value } = await session.announced()[Symbol.asyncIterator]().next();
  expect(value).toMatchObject({ kind: "active", path: "a" });
  expect(session.version).toBe("moq-lite-04");
  expect(relay.recorder.value("moq.relay.connections", { transport: "webtransport", result: "accepted" })).toBe(1);
  session.close();
});

test("it is refused by the same codes", async () => {
  const relay = await serve({ limits: { maxSessionsPerAddress: 0 } });
  expect(await (await dial(relay, "/%ff")).closed).toMatchObject({ by: "peer", code: 464 });
  expect(await (await dial(relay, "/")).closed).toMatchObject({ by: "peer", code: 567 });
  expect(relay.recorder.value("moq.relay.connections", { transport: "webtransport", result: "overload" })).toBe(1);
});

test("another certificate is served by a listener made anew", async () => {
  const relay = await serve();
  const before = await dial(relay, "/");
  await relay.keeper.replace({ generate: ["localhost", "127.0.0.1"] });
  await expect.poll(async () => (await dial(relay, "/")).protocol, { timeout: 5_000 }).toBe("moq-lite-05");
  before.close();
});

test("where its native part is missing, one line says what to install", async () => {
  const found = await failsBackend();
  if ("reason" in found) expect(found.reason).toMatch(/^@fails-components\/webtransport.*npm install both$/);
  else expect(found.name).toBe("fails");
});
