import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { type NodeTelemetry, startNodeTelemetry } from "@moqscope/telemetry/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadCertificate } from "../net/certificate.ts";
import { openAuth } from "../open-auth.ts";
import { createRelay, type Relay } from "../relay.ts";
import { limitsOf, tlsOf } from "./relay-options.ts";
import { Reloading } from "./reload.ts";
import { readSettings, type Settings } from "./settings.ts";

const base = `listen = "127.0.0.1:0"\nadmin-listen = "127.0.0.1:0"\nwebtransport = "off"\n`;
let folder = "";
let log: string[] = [];
let open: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moqscope-relay-reload-"));
  log = [];
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  rmSync(folder, { recursive: true, force: true });
});
const path = (name: string): string => join(folder, name);
const write = (text: string): void => writeFileSync(path("relay.toml"), text);
function read(): Settings {
  const parsed = readSettings(["--config", path("relay.toml")], {});
  if (parsed.kind !== "run") throw new Error(parsed.kind);
  return parsed;
}
/** A relay that runs by the file as it is. */
async function start(): Promise<{ relay: Relay; reloading: Reloading; telemetry: NodeTelemetry }> {
  const settings = read();
  const tls = tlsOf(settings.values);
  const telemetry = startNodeTelemetry({ env: {}, logStream: { write: (line) => void log.push(line) } });
  const relay = await createRelay({
    listen: settings.values.listen,
    adminListen: settings.values.adminListen,
    webTransport: "off",
    tcpInfo: false,
    recorder: telemetry.recorder,
    limits: limitsOf(settings.values),
    ...(tls ? { tls } : {}),
  });
  open.push(
    () => relay.close(),
    () => telemetry.shutdown(),
  );
  const reloading = new Reloading({
    relay,
    telemetry,
    auth: undefined,
    settings,
    read,
    openAuth: (values) => openAuth(values, () => {}),
    peers: () => [],
    isGivenCertificate: false,
  });
  return { relay, reloading, telemetry };
}
const enter = (relay: Relay): Promise<string> =>
  connect(relay.url, { webSocket: nodeWebSocket }).then(
    () => "in",
    () => "refused",
  );

test("it takes over what can change, names what cannot, and keeps everything where the file is wrong", async () => {
  write(`${base}[limits]\nmax-sessions = 1\n`);
  const { relay, reloading } = await start();
  expect([await enter(relay), await enter(relay)]).toEqual(["in", "refused"]);

  write(`${base}[limits]\nmax-session = 5\n`);
  await reloading.reload();
  expect(log.at(-1)).toMatch(/"level":"error".*"moq.config","state":"refused".*stays as it is: .*relay\.toml:5:1: unknown key/);
  write(`${base}[limits]\nmax-sessions = 5\n[auth]\nallow-origin = ["x"]\n`);
  await reloading.reload();
  expect(log.at(-1)).toMatch(/"refused".*stays as it is: --allow-origin: \\"x\\" is no origin/);
  expect(await enter(relay)).toBe("refused");

  write(`${base}node = "other"\n[limits]\nmax-sessions = 2\n`);
  await reloading.reload();
  expect(log.at(-1)).toMatch(
    /"level":"warn".*"changed":"--max-sessions","restart":"--node","message":"Configuration read again: changed --max-sessions; a restart is needed for --node"/,
  );
  expect([await enter(relay), await enter(relay)]).toEqual(["in", "refused"]);
  expect(reloading.settings.values).toMatchObject({ maxSessions: 2, node: undefined });
});

test("it changes pages, tokens, log level and certificate; of these, what cannot be used stays and keeps nothing else", async () => {
  const [first, second] = await Promise.all([loadCertificate({ generate: ["a"] }), loadCertificate({ generate: ["b"] })]);
  writeFileSync(path("cert.pem"), first.cert);
  writeFileSync(path("key.pem"), first.key);
  const tls = `[tls]\ncert = "${path("cert.pem")}"\nkey = "${path("key.pem")}"\n`;
  write(base + tls);
  const { relay, reloading } = await start();
  const pageOf = async (origin: string): Promise<string | null> =>
    (await fetch(`${relay.url}/announced`, { headers: { origin } })).headers.get("access-control-allow-origin");
  const status = async (prefix: string): Promise<number> => (await fetch(`${relay.url}/announced/${prefix}`)).status;
  expect(await pageOf("https://b.example")).toBe("*");

  writeFileSync(path("cert.pem"), second.cert);
  const auth = (keys: string): string => `[auth]\nallow-origin = ["https://a.example"]\npublic-subscribe = ["lobby"]\n${keys}`;
  write(`${base}${tls}${auth(`key = "/no/such.jwk"\n`)}`);
  await reloading.reload();
  expect(await pageOf("https://a.example")).toBe("https://a.example");
  expect(await pageOf("https://b.example")).toBe(null);
  expect(relay.certificateSha256).toBe(first.sha256);
  expect(log.join("")).toMatch(/"moq.error".*The certificate stays as it is/);
  expect(log.join("")).toMatch(/"moq.config".*Who may do what stays as it is: the key file \/no\/such\.jwk cannot be used/);
  expect(await status("other")).toBe(200);

  write(`${base}${tls}${auth("")}[telemetry]\nlog-level = "warn"\n`);
  writeFileSync(path("key.pem"), second.key);
  const told = log.length;
  await reloading.reload();
  expect([await status("other"), await status("lobby")]).toEqual([401, 200]);
  expect(relay.certificateSha256).toBe(second.sha256);
  // The certificate was replaced before the level changed, which is told no more itself.
  expect(log.slice(told).map((line) => /"event":"([\w.]+)"/.exec(line)?.[1])).toEqual(["moq.certificate", "moq.auth.rejected"]);
});
