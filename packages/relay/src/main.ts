import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { text } from "node:stream/consumers";
import { TelemetryError } from "@moqscope/telemetry";
import { otelHelp, startNodeTelemetry } from "@moqscope/telemetry/node";
import { describeOptions, OptionError, type OptionValues, parseOptions } from "@moqscope/telemetry/options";
import { TokenError } from "@moqscope/token";
import { RelayError, RelayErrorCode } from "./error.ts";
import { relayOptionTable as table } from "./main-options.ts";
import type { TlsOptions } from "./net/certificate.ts";
import { type OpenedAuth, openAuth } from "./open-auth.ts";
import { createRelay, type Relay } from "./relay.ts";
import { type TokenIo, tokenCommand } from "./token-command/token-command.ts";

type Values = OptionValues<typeof table>;

const name = "moqscope-relay";
/** A peer or a collector that does not answer must not hold the process. */
const exitAfterMs = 2_000;

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
    const summary = "a MoQ relay with telemetry";
    const parsed = parseOptions({ name, summary, table, argv: process.argv.slice(2), env: process.env, environment: otelHelp });
    switch (parsed.kind) {
      case "help":
        process.stdout.write(parsed.text);
        return;
      case "version":
        process.stdout.write(`${version()}\n`);
        return;
      case "run":
        await run(parsed.values);
    }
  } catch (error) {
    process.stderr.write(`${name}: ${explain(error)}\n`);
    process.exit(1);
  }
}

async function run(values: Values): Promise<void> {
  const tls = tlsOf(values);
  const node = values.node ?? `${hostname()}:${values.listen.port || process.pid}`;
  const region = values.region === undefined ? {} : { region: values.region };
  const telemetry = startNodeTelemetry({
    fallback: { serviceName: "moq-relay", instanceId: node, version: version() },
    // What was said by an option wins over OpenTelemetry's variables.
    instanceId: values.node,
    ...region,
    intervalMs: values.reportInterval,
    logLevel: values.logLevel,
    endpoint: values.otlpEndpoint,
    flushOnExit: false,
  });
  const auth = await openAuth(values, (message) => telemetry.recorder.event("error", "moq.error", { stage: "auth", message }));
  const relay = await createRelay({
    listen: values.listen,
    adminListen: values.adminListen,
    node,
    ...region,
    recorder: telemetry.recorder,
    metricsText: () => telemetry.prometheusText(),
    pingIntervalMs: values.pingInterval,
    pingTimeoutMs: values.pingTimeout,
    broadcastLimit: values.broadcastLimit,
    ...(values.tcpInfo === "off" ? { tcpInfo: false } : {}),
    webTransport: values.webTransport,
    limits: {
      maxSessions: values.maxSessions,
      maxSessionsPerAddress: values.maxSessionsPerAddress,
      handshakeTimeoutMs: values.handshakeTimeout,
    },
    ...(tls ? { tls } : {}),
    ...(auth ? { auth: auth.options } : {}),
    ...(values.allowOrigin.length > 0 ? { allowOrigins: values.allowOrigin } : {}),
  });
  endOnSignal(relay, () => telemetry.shutdown());
  reloadOnSignal(relay, tls && "certFile" in tls ? tls : undefined, auth);
  telemetry.recorder.event("info", "moq.ready", {
    ...(auth ? {} : { message: "Ready; without any --auth option everyone may publish and watch below any path" }),
    url: relay.url,
    admin_url: relay.adminUrl,
    node,
    version: version(),
    certificate: relay.certificateSha256,
    options: describeOptions(values, table),
    telemetry: telemetry.describe(),
  });
}

function endOnSignal(relay: Relay, shutdownTelemetry: () => Promise<void>): void {
  let ending = false;
  const end = (): void => {
    // Asked twice, a person means now.
    if (ending) process.exit(1);
    ending = true;
    setTimeout(() => process.exit(0), exitAfterMs - 200).unref();
    void relay
      .close()
      .then(shutdownTelemetry)
      .finally(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
}

/** SIGHUP reads the files of certificate and keys again. Without files it keeps its meaning: the terminal is gone, and the relay with it. */
function reloadOnSignal(relay: Relay, tls: TlsOptions | undefined, auth: OpenedAuth | undefined): void {
  // The relay tells why it refuses a certificate, and serves the old one on; so it is with keys.
  if (tls) process.on("SIGHUP", () => void relay.setCertificate(tls).catch(() => undefined));
  if (auth) process.on("SIGHUP", () => void auth.reload());
}

function tlsOf({ tlsCert, tlsKey, tlsGenerate, webTransport }: Values): TlsOptions | undefined {
  if (tlsCert === undefined && tlsKey === undefined) {
    if (tlsGenerate.length > 0) return { generate: tlsGenerate };
    return webTransport === "off" ? undefined : { generate: ["localhost"] };
  }
  if (tlsCert === undefined || tlsKey === undefined) throw new OptionError("missing_option", "--tls-cert and --tls-key belong together");
  if (tlsGenerate.length > 0) throw new OptionError("invalid_value", "--tls-generate and --tls-cert exclude each other");
  return { certFile: tlsCert, keyFile: tlsKey };
}

function version(): string {
  const file: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof file === "object" && file !== null && "version" in file && typeof file.version === "string" ? file.version : "unknown";
}

/** One line for a person. */
function explain(error: unknown): string {
  if (error instanceof RelayError && error.listener !== undefined) {
    const option = error.listener === "public" ? table.listen : table.adminListen;
    const way = error.code === RelayErrorCode.portTaken ? "choose another" : "choose another address";
    return `${error.message}; ${way} with ${option.flag} or ${option.env}`;
  }
  if (error instanceof RelayError && error.code === RelayErrorCode.certificateInvalid) return `--tls-cert, --tls-key: ${error.message}`;
  const known = [RelayError, OptionError, TelemetryError, TokenError];
  if (error instanceof Error && known.some((kind) => error instanceof kind)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
