import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { type LogStream, type NodeTelemetry, startNodeTelemetry } from "@moqscope/telemetry/node";

/** What a command has of the world, so that tests run it without a process. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Fires when the user wants it to end. */
  readonly signal: AbortSignal;
}
export interface Output extends LogStream {
  /** Whether a person reads it. */
  readonly isTTY?: boolean;
  readonly columns?: number;
}
export interface TelemetryValues {
  readonly otlpEndpoint: string | undefined;
  readonly reportInterval: number | undefined;
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/** Version of this package. */
export function version(): string {
  const about = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };
  return about.version;
}
/** Telemetry of a command: records go out by OTLP, events to stderr, as JSON lines or, for a person, as plain ones. */
export function startTelemetry(serviceName: string, values: TelemetryValues, { stderr, env }: CommandContext): NodeTelemetry {
  return startNodeTelemetry({
    // The instance is readable, and different for every command that runs on this machine now.
    fallback: { serviceName, instanceId: `${hostname()}:${process.pid}`, version: version() },
    env,
    flushOnExit: false,
    endpoint: values.otlpEndpoint,
    intervalMs: values.reportInterval,
    logLevel: values.logLevel,
    logStream: stderr.isTTY ? plainLines(stderr) : stderr,
  });
}
function plainLines(output: Output): LogStream {
  return {
    write(line) {
      const { level, message } = JSON.parse(line) as { readonly level: string; readonly message: string };
      output.write(level === "info" ? `${message}\n` : `${level}: ${message}\n`);
    },
  };
}
