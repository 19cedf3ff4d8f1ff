import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as theirs from "@moq/token";
import { connect } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { createRelay } from "@moqscope/relay";
import { type ClaimsInput, generateKey, type Key, loadKey, signToken, verifyToken } from "@moqscope/token";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { foreignProgram } from "../../../scripts/foreign/installed.ts";
import { dialNet } from "./support/clients.ts";
import { restrictedSocket } from "./support/restricted-socket.ts";

const cli = foreignProgram("moq-cli");
const relay = foreignProgram("moq-relay");
if (cli === undefined || relay === undefined) process.stderr.write("no tokens of moq-cli and moq-relay: pnpm foreign:build makes them\n");

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "moqscope-token-interop-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
// The released library tells the console of every connection.
beforeAll(() => {
  for (const level of ["debug", "log", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** Where a relay listens for WebSocket. */
type Serving = (key: Key) => Promise<string>;

async function ourRelay(key: Key): Promise<string> {
  const started = await createRelay({
    listen: { host: "127.0.0.1", port: 0 },
    adminListen: false,
    webTransport: "off",
    auth: { keys: { find: () => Promise.resolve(key) } },
  });
  stops.push(() => started.close());
  return started.url;
}

/** moq-relay asks an auth server, which moq-cli has. */
async function moqRelay(key: Key): Promise<string> {
  const file = join(folder, "serve.jwk");
  writeFileSync(file, JSON.stringify(key.toPrivateJwk()));
  const [auth, web] = [await freePort(), await freePort()];
  start(cli ?? "", "auth", "serve", "--listen", `127.0.0.1:${auth}`, "--key", file);
  const listen = ["--listen", `127.0.0.1:${web}`, "--listen-tls-generate", "localhost", "--web-http-listen", `127.0.0.1:${web}`];
  start(relay ?? "", ...listen, "--auth-url", `http://127.0.0.1:${auth}`);
  const url = `http://127.0.0.1:${web}`;
  await expect.poll(async () => (await fetch(`${url}/health`)).status, { timeout: 10_000 }).toBe(200);
  return url;
}
function start(program: string, ...args: readonly string[]): void {
  const child = spawn(program, args, { stdio: "ignore" });
  stops.push(async () => {
    if (child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
}
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

const demo = { root: "demo", put: "me", get: "" } satisfies ClaimsInput;
/** Connect path, claims, and whether a relay lets it in (relay-behaviour §7.3). */
const entries: readonly (readonly [string, ClaimsInput | undefined, "in" | "unauthorized"])[] = [
  ["demo", demo, "in"],
  ["demo/me", demo, "in"],
  ["demo/you", demo, "in"],
  ["", demo, "in"],
  ["other", demo, "unauthorized"],
  ["demonstration", demo, "unauthorized"],
  ["demo/you", { root: "demo", put: "me" }, "unauthorized"],
  ["demo", { ...demo, exp: 1 }, "unauthorized"],
  ["demo", undefined, "unauthorized"],
];
const relays: readonly (readonly [string, Serving, boolean])[] = [
  ["our relay", ourRelay, true],
  ["moq-relay", moqRelay, cli !== undefined && relay !== undefined],
];

describe.each(relays)("%s", (_, serve, isThere) => {
  test.skipIf(!isThere)("lets in whom a token of ours lets in, by connect path and grants", { timeout: 60_000 }, async () => {
    const key = await generateKey("HS256", "test");
    const url = await serve(key);
    const came: (typeof entries)[number][] = [];
    for (const [path, claims] of entries) {
      const query = claims === undefined ? "" : `?jwt=${await signToken(key, claims)}`;
      const outcome = await connect(`${url}/${path}${query}`, { webSocket: nodeWebSocket }).then(
        (session) => (session.close(), "in" as const),
        (error: { code?: string }) => (error.code === "unauthorized" ? ("unauthorized" as const) : Promise.reject(error)),
      );
      came.push([path, claims, outcome]);
    }
    expect(came).toEqual(entries);
  });
});

test("@moq/net comes in to our relay with a token of @moq/token, and not without", async () => {
  const key = await theirs.generate("ES256");
  const url = await ourRelay(await loadKey(JSON.stringify(theirs.toPublicKey(key))));
  const token = await theirs.sign(key, { root: "room", put: ["alice"], get: "" });
  const party = await dialNet(`${url}/room?jwt=${token}`, restrictedSocket("qmux-02.moq-lite-05"));
  expect(party.version).toBe("moq-lite-05");
  party.close();
  await expect(dialNet(`${url}/room`, restrictedSocket("qmux-02.moq-lite-05"))).rejects.toThrow();
});

describe.skipIf(cli === undefined)("moq-cli 0.14", () => {
  test.each(["HS256", "HS512", "ES256", "ES384", "PS256", "RS512", "EdDSA"] as const)(
    "%s: its keys and tokens are ours, and the reverse",
    async (algorithm) => {
      const [whole, half] = [join(folder, `${algorithm}.jwk`), join(folder, `${algorithm}.pub`)];
      const isSecret = algorithm.startsWith("HS");
      await run(cli ?? "", ["auth", "generate", "--algorithm", algorithm, "--out", whole, ...(isSecret ? [] : ["--public", half])]);
      const exp = Math.floor(Date.now() / 1000) + 60;
      const grants = ["--root", "demo", "--publish", "me/**", "--subscribe", "**", "--expires", String(exp)];
      const { stdout: token } = await run(cli ?? "", ["auth", "sign", "--key", whole, ...grants]);
      const key = await loadKey(readFileSync(isSecret ? whole : half, "utf8"));
      expect(await verifyToken(token.trim(), key)).toEqual({ root: "demo", put: ["me"], get: [""], exp });
      const mine = join(folder, `${algorithm}.token`);
      writeFileSync(mine, await signToken(await loadKey(readFileSync(whole, "utf8")), { root: "room", put: "alice", get: "" }));
      const { stdout: shown } = await run(cli ?? "", ["auth", "verify", "--key", isSecret ? whole : half, "--in", mine]);
      expect(shown).toMatch(/root: "room"[\s\S]*"alice\/\*\*"[\s\S]*"\*\*"/);
    },
  );
});
