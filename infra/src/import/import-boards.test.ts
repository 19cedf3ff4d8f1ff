import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseOptions } from "@moqscope/telemetry/options";
import { generate } from "selfsigned";
import { describe, expect, test } from "vitest";
import { boards } from "../boards/index.ts";
import { type FixtureOptions, GrafanaServer } from "./grafana-server.fixture.ts";
import { type ImportEvent, importBoards, uidOf } from "./import-boards.ts";
import { type ImportError, unreachable } from "./import-error.ts";
import { table } from "./options.ts";

const values = (args: readonly string[]): Parameters<typeof importBoards>[0] => {
  const options = parseOptions({ name: "import", summary: "", table, argv: args, env: {} });
  if (options.kind !== "run") throw new Error("no run");
  return options.values;
};
async function run(server: GrafanaServer, ...args: readonly string[]): Promise<readonly ImportEvent[]> {
  const events: ImportEvent[] = [];
  await importBoards(values(["--grafana", server.url, ...args]), (event) => events.push(event));
  return events;
}
/** What an import against such a Grafana ends with. */
async function failure(
  options: FixtureOptions,
  ...args: readonly string[]
): Promise<{ readonly error: ImportError; readonly server: GrafanaServer }> {
  const server = await GrafanaServer.start(options);
  await using _ended = server;
  const error = await run(server, ...args).then(
    () => undefined,
    (reason: unknown) => reason as ImportError,
  );
  if (error === undefined) throw new Error("the import went through");
  return { error, server };
}

describe("an import", () => {
  test("makes the folder, writes every board into it, and tells each step", async () => {
    await using server = await GrafanaServer.start({ token: "glsa_x" });
    const events = await run(server, "--token", "glsa_x", "--folder", "Live media");
    expect([...server.folders]).toEqual([["live-media", "Live media"]]);
    expect([...server.boards.keys()]).toEqual(boards.map(({ uid }) => uid));
    for (const { folderUid, overwrite, dashboard } of server.boards.values())
      expect([folderUid, overwrite, dashboard.id]).toEqual(["live-media", true, null]);
    expect(events.map(({ event }) => event)).toEqual([
      "grafana",
      ...Array<string>(3).fill("data_source"),
      "folder",
      ...boards.map(() => "board"),
      "done",
    ]);
    expect(events.find((event) => event.event === "board")?.url).toBe(`${new URL(server.url).origin}/grafana/d/moq-overview/x`);
  });
  test("a second time replaces by uid and makes nothing anew", async () => {
    await using server = await GrafanaServer.start({ user: "admin:secret" });
    await run(server, "--user", "admin:secret");
    const events = await run(server, "--user", "admin:secret");
    expect([...server.boards.values()].map(({ version }) => version)).toEqual(boards.map(() => 2));
    expect(events).toContainEqual({ event: "folder", title: "moqscope", uid: "moqscope", made: false });
    expect(events.filter((event) => event.event === "board" && !event.replaced)).toEqual([]);
  });
  test("with --dry-run says what it would do and writes nothing", async () => {
    await using server = await GrafanaServer.start();
    const events = await run(server, "--dry-run");
    expect(server.asked.filter((what) => what.startsWith("POST"))).toEqual([]);
    expect(events.at(-1)).toEqual({ event: "done", boards: boards.length, dryRun: true });
  });
  test("asks the data sources that are there, in panels, variables and marks", async () => {
    const dataSources = [
      { uid: "P1", name: "Mimir", type: "prometheus" },
      { uid: "P2", name: "Other", type: "prometheus" },
      { uid: "L1", name: "Logs", type: "loki" },
    ];
    await using server = await GrafanaServer.start({ dataSources });
    await run(server, "--prometheus", "Mimir");
    const session = JSON.stringify(server.boards.get("moq-session")?.dashboard);
    expect(session).toContain('"current":{"text":"Mimir","value":"P1"}');
    expect(session).toContain('"datasource":{"type":"loki","uid":"L1"}');
    expect(session).not.toContain('"uid":"loki"');
    expect(session).toContain('"datasource":{"type":"tempo","uid":"tempo"}');
  });
});

describe("an import that cannot be is told in one line with the remedy:", () => {
  test.each<[string, FixtureOptions, readonly string[], ImportError["code"], RegExp]>([
    ["no token", { token: "a" }, [], "unauthorized", /401: Invalid API key\); give --token of a service account/],
    ["a wrong password", { user: "a:b" }, ["--user", "a:c"], "unauthorized", /--user name:password/],
    ["a viewer's token", { role: "Viewer" }, [], "forbidden", /not allowed to make the folder "moqscope" \(403.*role Editor/],
    ["an old release", { version: "9.5.2" }, [], "too_old", /is Grafana 9\.5\.2; the boards need 11 or newer/],
    ["boards from files", { provisioned: ["moq-slo"] }, [], "provisioned", /^moq-slo: from files/],
    ["no Prometheus", { dataSources: [] }, [], "data_source", /add one in Grafana/],
    [
      "two of them",
      { dataSources: ["a", "b"].map((uid) => ({ uid, name: uid, type: "prometheus" })) },
      [],
      "data_source",
      /several data sources of type prometheus: a \(a\), b \(b\); say which one with --prometheus/,
    ],
    [
      "one that is not there",
      {},
      ["--loki", "x"],
      "data_source",
      /--loki: there is no such data source of type loki; there are loki \(loki\)/,
    ],
  ])("%s", async (_what, options, args, ...[code, message]) => {
    const { error, server } = await failure(options, ...args);
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
    expect(server.boards.size).toBe(0);
  });

  /** A server that answers every request alike. */
  const against = async (status: number, body: string): Promise<ImportError> => {
    const other = createServer((_request, response) => void response.writeHead(status).end(body));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    try {
      return await importBoards(values(["--grafana", url]), () => undefined).then(
        () => expect.unreachable(),
        (error: unknown) => error as ImportError,
      );
    } finally {
      other.close();
    }
  };
  test("another program there", async () => {
    expect(await against(404, "nothing")).toMatchObject({
      code: "not_grafana",
      message: expect.stringContaining("404 to /api/health: is the path right"),
    });
    expect(await against(302, "<html>login</html>")).toMatchObject({ code: "not_grafana" });
  });
  test("nothing listens", async () => {
    const server = await GrafanaServer.start();
    const { url } = server;
    await server[Symbol.asyncDispose]();
    const gone = importBoards(values(["--grafana", url]), () => undefined);
    await expect(gone).rejects.toMatchObject({ code: "unreachable", message: expect.stringContaining("nothing listens there") });
  });
  test("a certificate that nobody trusts, and TLS where there is none", async () => {
    const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec", curve: "P-256" });
    const { error } = await failure({ tls: { key, cert } });
    expect(error).toMatchObject({ code: "tls", message: expect.stringContaining("set NODE_EXTRA_CA_CERTS") });
    await using server = await GrafanaServer.start();
    const wrong = importBoards(values(["--grafana", server.url.replace("http:", "https:")]), () => undefined);
    await expect(wrong).rejects.toMatchObject({ code: "tls", message: expect.stringContaining("try http://") });
    await using secure = await GrafanaServer.start({ tls: { key, cert } });
    const plain = importBoards(values(["--grafana", secure.url.replace("https:", "http:")]), () => undefined);
    await expect(plain).rejects.toMatchObject({ code: "unreachable", message: expect.stringContaining("try https://") });
  });
  test("no such host, and no answer", () => {
    const caused = (code: string): unknown => new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
    expect(unreachable("http://nowhere.invalid/", caused("ENOTFOUND")).message).toContain("no such host");
    expect(unreachable("http://a/", new DOMException("late", "TimeoutError")).message).toContain("no answer within the time");
  });
  test("an address that is none, a folder without a name", async () => {
    await expect(importBoards(values(["--grafana", "grafana:3000"]), () => undefined)).rejects.toMatchObject({ code: "address" });
    expect(uidOf("Über alles!")).toBe("ber-alles");
    expect(() => uidOf("…")).toThrow("no letter or digit");
  });
});

test("the command tells progress and ends with 0, and says in one line why it ends with 1 or 2", async () => {
  await using server = await GrafanaServer.start({ token: "t" });
  const program = async (...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly error: string }> => {
    const child = spawn(process.execPath, ["--conditions=@moqscope/source", join(import.meta.dirname, "main.ts"), ...args]);
    const [out, error] = [child.stdout, child.stderr].map(async (stream) => (await stream.toArray()).join(""));
    const [code] = (await once(child, "close")) as [number];
    return { code, out: (await out) ?? "", error: (await error) ?? "" };
  };
  const [good, unknown, wrong] = await Promise.all([
    program("--grafana", server.url, "--token", "t", "--json"),
    program("--grafana", server.url),
    program("--grafna", server.url),
  ]);
  const lines = good?.out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as ImportEvent).event);
  expect([good?.code, lines?.at(-1)]).toEqual([0, "done"]);
  expect([unknown?.code, unknown?.error.trim().split("\n").length]).toEqual([1, 1]);
  expect(wrong?.code).toBe(2);
  expect(wrong?.error).toContain("--grafana");
}, 30_000);
