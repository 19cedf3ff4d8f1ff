import { hostname } from "node:os";
import { startNodeTelemetry } from "@moqscope/telemetry/node";
import { describeOptions, OptionError, type OptionValues, parseOptions } from "@moqscope/telemetry/options";
import { TokenError } from "@moqscope/token";
import { GatewayError } from "./error.ts";
import { exportFromEnvironment, exportHelp, exportSettings } from "./export/otel-environment.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { gatewayOptionTable as table } from "./main-options.ts";
import type { GatewayOptions } from "./options.ts";
import { openTokens } from "./token/open-tokens.ts";
import { version } from "./version.ts";

type Values = OptionValues<typeof table>;

const name = "moqscope-gateway";
/** A connection that does not end must not hold the process; a history that is still being written may, for a while. */
const exitAfterMs = 2_000;
const exitAfterSavingMs = 15_000;

await main();

async function main(): Promise<void> {
  try {
    const summary = "takes OTLP of players, relays and SDKs, keeps 24 hours of it, serves the console and answers PromQL";
    const parsed = parseOptions({ name, summary, table, argv: process.argv.slice(2), env: process.env, environment: exportHelp });
    switch (parsed.kind) {
      case "help":
        process.stdout.write(parsed.text);
        return;
      case "version":
        process.stdout.write(`${version}\n`);
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
  const instanceId = values.instance ?? `${hostname()}:${values.consoleListen.port || process.pid}`;
  const log = startNodeTelemetry({
    serviceName: "moq-gateway",
    instanceId,
    version,
    // the gateway writes its own metrics into its own store, and exports from there
    processMetrics: false,
    env: {},
    logLevel: values.logLevel,
  });
  const doors = await openTokens(values, ({ message }) => log.recorder.event("error", "moq.error", { stage: "auth", message }));
  if (doors !== undefined) process.on("SIGHUP", () => void doors.reload());
  const gateway = await createGateway({
    ingestListen: values.ingestListen,
    otlpListen: values.otlpListen,
    consoleListen: values.consoleListen,
    ...(doors === undefined ? {} : { tokens: doors.tokens }),
    trustedProxies: values.trustedProxy,
    ...(values.countryHeader === undefined ? {} : { countryHeader: values.countryHeader }),
    ingestLimits: { perSecond: values.ingestRate },
    allowOrigins: values.allowOrigin,
    otlpAllowOrigins: values.otlpAllowOrigin,
    reportIntervalMs: values.reportInterval,
    instanceId,
    seriesLimit: values.seriesLimit,
    storeMemoryBytes: values.storeMemory * 1024 * 1024,
    ...(values.storeDir === undefined ? {} : { storeDir: values.storeDir }),
    storeSaveIntervalMs: values.storeSaveInterval,
    ...(values.runbooks === undefined ? {} : { runbooks: values.runbooks }),
    ...(values.alertWebhook === undefined ? {} : { alertWebhook: values.alertWebhook }),
    ...exportOptions(values.exportEndpoint),
    ...(values.region === undefined ? {} : { cloudRegion: values.region }),
    fleetLimits: { sessions: values.sessionLimit },
    recorder: log.recorder,
    ...(values.consoleDir === undefined ? {} : { consoleDir: values.consoleDir }),
  });
  endOnSignal(gateway, values.storeDir === undefined ? exitAfterMs : exitAfterSavingMs, (signal) =>
    log.recorder.event("info", "moq.stopping", { signal }),
  );
  log.recorder.event("info", "moq.ready", {
    ingest_url: gateway.ingestUrl,
    otlp_url: gateway.otlpUrl,
    console_url: gateway.consoleUrl,
    node: instanceId,
    version,
    options: describeOptions(values, table),
  });
}

/** Where to export to: the flag before OpenTelemetry's variables; `none` is nowhere. */
function exportOptions(endpoint: string | undefined): Pick<GatewayOptions, "export"> {
  if (endpoint === "none") return {};
  const found = endpoint === undefined ? exportFromEnvironment(process.env) : { endpoint, ...exportSettings(process.env) };
  return found === undefined ? {} : { export: found };
}

function endOnSignal(gateway: Gateway, afterMs: number, tell: (signal: string) => void): void {
  let isEnding = false;
  const end = (signal: string): void => {
    // asked twice, a person means now
    if (isEnding) process.exit(1);
    isEnding = true;
    tell(signal);
    setTimeout(() => process.exit(0), afterMs).unref();
    void gateway.close().finally(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
}

/** One line for a person. */
function explain(error: unknown): string {
  if (error instanceof GatewayError || error instanceof OptionError || error instanceof TokenError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
