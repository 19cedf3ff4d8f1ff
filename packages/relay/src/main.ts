import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { text } from "node:stream/consumers";
import { TelemetryError } from "@moqscope/telemetry";
import { startNodeTelemetry } from "@moqscope/telemetry/node";
import { describeOptions, OptionError, tomlText } from "@moqscope/telemetry/options";
import { TokenError } from "@moqscope/token";
import { RelayError, RelayErrorCode } from "./error.ts";
import { relaySections as sections, relayOptionTable as table } from "./main-options.ts";
import { openAuth } from "./open-auth.ts";
import { clusterOf } from "./open-cluster.ts";
import { checkSettings } from "./process/check-settings.ts";
import { describeConfig } from "./process/describe-config.ts";
import { endOnSignal } from "./process/end.ts";
import { limitsOf, telemetryOf, tlsOf } from "./process/relay-options.ts";
import { Reloading } from "./process/reload.ts";
import { programName, readSettings, type Settings, type Values } from "./process/settings.ts";
import { createRelay } from "./relay.ts";
import { type TokenIo, tokenCommand } from "./token-command/token-command.ts";

/** Of the sessions that do not ask to be traced (tracing.md §1). */
const defaultTraceRatio = 0.05;

const io: TokenIo = {
  print: (given) => void process.stdout.write(given),
  note: (given) => void process.stderr.write(given),
  readStdin: () => text(process.stdin),
};

await main();

async function main(): Promise<void> {
  try {
    const [first, ...rest] = process.argv.slice(2);
    if (first === "token") return void (process.exitCode = await tokenCommand(rest, version(), io));
    const parsed = readSettings(process.argv.slice(2), process.env);
    switch (parsed.kind) {
      case "help":
        process.stdout.write(parsed.text);
        return;
      case "version":
        process.stdout.write(`${version()}\n`);
        return;
      case "run":
        await start(parsed);
    }
  } catch (error) {
    process.stderr.write(
      explain(error)
        .map((line) => `${programName}: ${line}\n`)
        .join(""),
    );
    process.exit(1);
  }
}

async function start(settings: Settings): Promise<void> {
  const { values, sources, configFile } = settings;
  if (values.printConfig) return void process.stdout.write(tomlText(values, { table, sources, sections }));
  await checkSettings(values);
  if (values.check)
    return void process.stdout.write(`The configuration${configFile === undefined ? "" : ` in ${configFile}`} can be used.\n`);
  await run(settings);
}

async function run(settings: Settings): Promise<void> {
  const { values, sources, configFile } = settings;
  const tls = tlsOf(values);
  const node = values.node ?? `${hostname()}:${values.listen.port || process.pid}`;
  const telemetry = startNodeTelemetry({
    fallback: { serviceName: "moq-relay", instanceId: node, version: version(), sampleRatio: defaultTraceRatio },
    ...telemetryOf(values),
  });
  const { recorder } = telemetry;
  const open = (told: Values): ReturnType<typeof openAuth> =>
    openAuth(told, (message) => recorder.event("error", "moq.error", { stage: "auth", message }));
  const auth = await open(values);
  let reloading: Reloading | undefined;
  const relay = await createRelay({
    listen: values.listen,
    adminListen: values.adminListen,
    node,
    ...(values.region === undefined ? {} : { region: values.region }),
    recorder,
    metricsText: () => telemetry.prometheusText(),
    describeConfig: () => describeConfig(reloading?.settings ?? settings),
    pingIntervalMs: values.pingInterval,
    pingTimeoutMs: values.pingTimeout,
    broadcastLimit: values.broadcastLimit,
    traceRatio: telemetry.sampleRatio,
    ...(values.tcpInfo === "off" ? { tcpInfo: false } : {}),
    webTransport: values.webTransport,
    trustedProxies: values.trustedProxy,
    proxyProtocol: values.proxyProtocol,
    limits: limitsOf(values),
    ...(tls ? { tls } : {}),
    cluster: clusterOf(values),
    ...(auth ? { auth: auth.options } : {}),
    ...(values.allowOrigin.length > 0 ? { allowOrigins: values.allowOrigin } : {}),
  });
  const again = new Reloading({ relay, telemetry, auth, settings, read: readAgain, openAuth: open });
  reloading = again;
  endOnSignal({ relay, telemetry, settings: () => again.settings });
  // Without any file SIGHUP keeps its meaning: the terminal is gone, and the relay with it.
  if (configFile !== undefined || auth || values.clusterPeersFile !== undefined || (tls && "certFile" in tls))
    process.on("SIGHUP", () => void again.reload());
  recorder.event("info", "moq.ready", {
    ...(auth ? {} : { message: "Ready; without any --auth option everyone may publish and watch below any path" }),
    url: relay.url,
    admin_url: relay.adminUrl,
    node,
    version: version(),
    certificate: relay.certificateSha256,
    options: describeOptions(values, table, sources),
    telemetry: telemetry.describe(),
  });
}

function readAgain(): Settings {
  const parsed = readSettings(process.argv.slice(2), process.env);
  // The arguments are those of the start, which asked for no help.
  if (parsed.kind !== "run") throw new OptionError("unexpected_argument", `--${parsed.kind} runs nothing`);
  return parsed;
}

function version(): string {
  const file: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof file === "object" && file !== null && "version" in file && typeof file.version === "string" ? file.version : "unknown";
}

/** Lines for a person. */
function explain(error: unknown): readonly string[] {
  if (error instanceof OptionError) return error.problems;
  if (error instanceof RelayError && error.listener !== undefined) {
    const option = error.listener === "public" ? table.listen : table.adminListen;
    const way = error.code === RelayErrorCode.portTaken ? "choose another" : "choose another address";
    return [`${error.message}; ${way} with ${option.flag} or ${option.env}`];
  }
  const known = [RelayError, TelemetryError, TokenError];
  if (error instanceof Error && known.some((kind) => error instanceof kind)) return [error.message];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}
