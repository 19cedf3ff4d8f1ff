import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { TokenError } from "./error.ts";
import { generateKey } from "./generate.ts";
import type { Key } from "./key.ts";
import { UrlKeys, type UrlKeysOptions } from "./url-keys.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A key server on the loopback interface that notes what it is asked. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
const fails = (code: string): TokenError => expect.objectContaining({ code }) as TokenError;
const send = (response: ServerResponse, key: Key, headers: Record<string, string> = {}): void =>
  void response.writeHead(200, headers).end(JSON.stringify(key.toPrivateJwk()));

/** Keys whose clock the test moves. */
function keysAt(url: string, options: Partial<UrlKeysOptions> = {}): { keys: UrlKeys; clock: { ms: number }; refused: string[] } {
  const clock = { ms: 1_000_000 };
  const refused: string[] = [];
  const keys = new UrlKeys(url, {
    kind: "by_id",
    now: () => clock.ms,
    onRefused: (at, error) => refused.push(`${at} ${error.code}`),
    ...options,
  });
  return { keys, clock, refused };
}

test("a key is asked for by its id, once for as long as the server says, and by all who wait at once", async () => {
  const key = await generateKey("HS256", "k1");
  const { url, asked } = await serve((_, response) => send(response, key, { "cache-control": "public, max-age=30" }));
  const { keys, clock } = keysAt(`${url}/keys`);
  const found = await Promise.all([keys.find("k1"), keys.find("k1"), keys.find("k1")]);
  expect(found.map(({ id }) => id)).toEqual(["k1", "k1", "k1"]);
  clock.ms += 29_999;
  await keys.find("k1");
  expect(asked).toEqual(["/keys/k1.jwk"]);
  clock.ms += 1;
  await keys.find("k1");
  expect(asked).toHaveLength(2);
});

test("a single key serves every token, with a kid or without", async () => {
  const key = await generateKey("HS256", "k1");
  const { url, asked } = await serve((_, response) => send(response, key));
  const { keys } = keysAt(`${url}/key`, { kind: "one" });
  await keys.find(undefined);
  await keys.find("another");
  expect(asked).toEqual(["/key"]);
});

test("an unknown id is known to be unknown for a while, a token without id needs no question", async () => {
  const { url, asked } = await serve((_, response) => void response.writeHead(404).end());
  const { keys, clock } = keysAt(url);
  for (const _ of [1, 2]) await expect(keys.find("nobody")).rejects.toThrow(fails("unknown_key"));
  await expect(keys.find(undefined)).rejects.toThrow(fails("unknown_key"));
  expect(asked).toHaveLength(1);
  clock.ms += 10_000;
  await expect(keys.find("nobody")).rejects.toThrow(fails("unknown_key"));
  expect(asked).toHaveLength(2);
});

test("while the server fails or sends nonsense the old key stays and the refusal names the URL; a withdrawn key goes", async () => {
  const key = await generateKey("HS256", "k1");
  let next = (response: ServerResponse): void => send(response, key, { "cache-control": "max-age=0" });
  const { url } = await serve((_, response) => next(response));
  const { keys, clock, refused } = keysAt(url);
  await keys.find("k1");
  const bad: ((response: ServerResponse) => void)[] = [
    (response) => void response.writeHead(500).end(),
    (response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    (response) => void response.end("{}"),
    (response) => void response.end("x".repeat(70_000)),
    (response) => void response.destroy(),
  ];
  for (const answer of bad) {
    next = answer;
    clock.ms += 10_000;
    expect((await keys.find("k1")).id).toBe("k1");
  }
  expect(refused).toEqual(bad.map(() => `${url}/k1.jwk key_unavailable`));
  next = (response) => void response.writeHead(404).end();
  clock.ms += 10_000;
  await expect(keys.find("k1")).rejects.toThrow(fails("unknown_key"));
});

test("a server that cannot be reached refuses what was never known", async () => {
  const { keys, refused } = keysAt("http://127.0.0.1:1");
  await expect(keys.find("k1")).rejects.toThrow(fails("key_unavailable"));
  expect(refused).toHaveLength(1);
});

test("invented ids become no flood: sixteen questions at once, the rest is refused", async () => {
  const held: ServerResponse[] = [];
  const { url, asked } = await serve((_, response) => void held.push(response));
  const { keys } = keysAt(url);
  const all = Array.from({ length: 100 }, (_, n) =>
    keys.find(`k${n}`).then(
      () => "found",
      (error: TokenError) => error.code,
    ),
  );
  await expect.poll(() => asked.length).toBe(16);
  for (const response of held) response.writeHead(404).end();
  const codes = await Promise.all(all);
  expect(codes.filter((code) => code === "key_unavailable")).toHaveLength(84);
  expect(asked).toHaveLength(16);
});

test("after a reload the server is asked anew", async () => {
  const key = await generateKey("HS256", "k1");
  const { url, asked } = await serve((_, response) => send(response, key));
  const { keys } = keysAt(url);
  await keys.find("k1");
  keys.reload();
  await keys.find("k1");
  expect(asked).toHaveLength(2);
});

test("what is no URL of http is refused", () => {
  for (const url of ["ftp://example/keys", "keys", "file:///etc"]) expect(() => keysAt(url)).toThrow(fails("key_invalid"));
});
