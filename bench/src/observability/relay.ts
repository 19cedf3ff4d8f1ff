import { openSync, writeSync } from "node:fs";
import { createRelay, type RelayOptions } from "@moqscope/relay";
import { startNodeTelemetry } from "@moqscope/telemetry/node";
import type { FromRelay, Recorded } from "../quic/messages.ts";

/** The process that is measured: our relay on WebSocket, silent or with everything on, sent to the OTLP endpoint it is given. */
const [recorded, endpoint = ""] = process.argv.slice(2) as [Recorded, string?];
/** Of the sessions that ask for nothing: 1 in 1000. */
const sampleRatio = 0.001;

function recording(): RelayOptions {
  if (recorded === "silent") return {};
  // A system call for each line, as to stderr, and nobody's terminal.
  const log = openSync("/dev/null", "w");
  const logStream = { write: (line: string): void => void writeSync(log, line) };
  const fallback = { serviceName: "moq-relay", instanceId: "bench" };
  const telemetry = startNodeTelemetry({ fallback, endpoint, sampleRatio, logStream, flushOnExit: false });
  return { recorder: telemetry.recorder, traceRatio: telemetry.sampleRatio };
}

const relay = await createRelay({ listen: { host: "127.0.0.1", port: 0 }, adminListen: false, webTransport: "off", ...recording() });
process.on("disconnect", () => process.exit(0));
const listening: FromRelay = { kind: "listening", port: Number(new URL(relay.url).port), pid: process.pid };
process.send?.(listening);
