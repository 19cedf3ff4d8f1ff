import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, LocalBroadcast, Origin, type Session, Track, toPath } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { quicAvailable } from "@moqscope/quic";
import { createRelay, type Relay } from "@moqscope/relay";
import { afterEach, describe, expect, test } from "vitest";
import { foreignProgram } from "../../../../scripts/foreign/installed.ts";

const host = "127.0.0.1";
const program = foreignProgram("moq-relay");
if (!program) process.stderr.write("no links with moq-relay: pnpm foreign:build makes it\n");

const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
/** A released relay with QUIC and WebSocket on one port. */
async function moqRelay(...more: readonly string[]): Promise<number> {
  const port = await freePort();
  const at = `${host}:${port}`;
  const args = ["--listen", at, "--web-http-listen", at, "--listen-tls-generate", "localhost", "--auth-public", "**", ...more];
  const child: ChildProcess = spawn(program ?? "", args, { stdio: "ignore" });
  closing.push(async () => {
    if (child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  for (let tries = 0; tries < 100; tries++) {
    const answers = await fetch(`http://${at}/certificate.sha256`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return port;
    await sleep(100);
  }
  throw new Error("moq-relay does not answer");
}
async function ourRelay(connects: readonly string[], webTransport: "auto" | "off"): Promise<{ relay: Relay; port: number }> {
  const relay = await createRelay({
    listen: { host, port: 0 },
    adminListen: false,
    node: "ours",
    tls: { generate: ["localhost", host] },
    webTransport,
    tcpInfo: false,
    cluster: { connect: connects },
  });
  closing.push(() => relay.close());
  return { relay, port: Number(new URL(relay.url).port) };
}
async function session(port: number, publish?: Origin): Promise<Session> {
  const made = await connect(`ws://${host}:${port}/`, { webSocket: nodeWebSocket, ...(publish ? { publish } : {}) });
  closing.push(() => made.close());
  return made;
}
/** Publishes at one relay and gives what a viewer of the other one gets. */
async function played(from: number, to: number): Promise<string[]> {
  const track = new Track({ name: "video" });
  const broadcast = new LocalBroadcast();
  broadcast.add(track);
  const origin = new Origin();
  origin.publish(toPath("show"), broadcast);
  await session(from, origin);
  const viewer = await session(to);
  for await (const { kind, path } of viewer.announced()) if (kind === "active" && path === "show") break;
  const texts: string[] = [];
  const reading = await viewer.broadcast(toPath("show")).track("video");
  reading.attach({
    group: (group) =>
      group.attach({ frame: ({ payload }) => void texts.push(new TextDecoder().decode(payload)), finished() {}, aborted() {} }),
    dropped() {},
    ended() {},
    aborted() {},
  });
  await expect.poll(() => track.readers, { timeout: 10_000 }).toBe(1);
  for (const text of ["one", "two", "three"]) {
    const group = track.createGroup();
    group.append({ timestamp: 0, payload: new TextEncoder().encode(text) });
    group.finish();
    // A relay that has several at once begins with the latest.
    await expect.poll(() => texts.at(-1), { timeout: 10_000 }).toBe(text);
  }
  return texts;
}
const all = ["one", "two", "three"];

describe.skipIf(!program).each([
  ["WebTransport", "auto"],
  ["WebSocket", "off"],
] as const)("a link with moq-relay 0.17.10 by %s", (_, webTransport) => {
  test.skipIf(webTransport === "auto" && !quicAvailable().available)("that we dial carries both directions", async () => {
    const theirs = await moqRelay();
    const { relay, port } = await ourRelay([`http://${host}:${theirs}/`], webTransport);
    await expect.poll(() => relay.cluster.reports()[0]?.state, { timeout: 15_000 }).toBe("up");
    expect(relay.cluster.reports()[0]?.connections[0]?.transport).toBe(webTransport === "auto" ? "webtransport" : "websocket");
    expect(await played(theirs, port)).toEqual(all);
  });
  test.skipIf(webTransport === "auto" && !quicAvailable().available)("that we dial carries what is published at ours", async () => {
    const theirs = await moqRelay();
    const { relay, port } = await ourRelay([`http://${host}:${theirs}/`], webTransport);
    await expect.poll(() => relay.cluster.reports()[0]?.state, { timeout: 15_000 }).toBe("up");
    expect(await played(port, theirs)).toEqual(all);
  });
  test.skipIf(webTransport === "auto" && !quicAvailable().available)("that it dials carries both directions", async () => {
    const { port } = await ourRelay([], webTransport);
    const theirs = await moqRelay("--cluster-connect", `http://${host}:${port}/`);
    expect(await played(port, theirs)).toEqual(all);
    for (const close of closing.splice(1).reverse()) await close();
    const again = await moqRelay("--cluster-connect", `http://${host}:${port}/`);
    expect(await played(again, port)).toEqual(all);
  });
});
