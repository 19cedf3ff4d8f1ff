import type { NodeTelemetryOptions } from "@moqscope/telemetry/node";
import { OptionError } from "@moqscope/telemetry/options";
import type { RelayLimits } from "../limits.ts";
import { relayOptionTable as table } from "../main-options.ts";
import { parseByteSize } from "../memory/byte-size.ts";
import type { TlsOptions } from "../net/certificate.ts";
import type { Values } from "./settings.ts";

/** Where the certificate comes from. @throws OptionError for options that exclude each other */
export function tlsOf(values: Values): TlsOptions | undefined {
  const { tlsClientCa } = values;
  const served = servedBy(values);
  if (!served && tlsClientCa !== undefined)
    throw new OptionError("missing_option", "--tls-client-ca needs a certificate to serve: --tls-cert and --tls-key, or --tls-generate");
  return served && tlsClientCa !== undefined ? { ...served, clientCaFile: tlsClientCa } : served;
}
function servedBy({ tlsCert, tlsKey, tlsGenerate, webTransport }: Values): TlsOptions | undefined {
  if (tlsCert === undefined && tlsKey === undefined) {
    if (tlsGenerate.length > 0) return { generate: tlsGenerate };
    return webTransport === "off" ? undefined : { generate: ["localhost"] };
  }
  if (tlsCert === undefined || tlsKey === undefined) throw new OptionError("missing_option", "--tls-cert and --tls-key belong together");
  if (tlsGenerate.length > 0) throw new OptionError("invalid_value", "--tls-generate and --tls-cert exclude each other");
  return { certFile: tlsCert, keyFile: tlsKey };
}

/** What peers may take. @throws OptionError for a size that is none */
/** Of one process: what memory allows is shared by the workers of a machine. */
export function limitsOf(values: Values): Partial<RelayLimits> {
  return {
    maxSessions: values.maxSessions,
    maxSessionsPerAddress: values.maxSessionsPerAddress,
    handshakeTimeoutMs: values.handshakeTimeout,
    sessionsPerSecondPerAddress: values.sessionRate,
    maxRequests: values.maxRequests,
    maxRequestsPerAddress: values.maxRequestsPerAddress,
    requestsPerSecond: values.requestRate,
    maxAnnouncements: values.maxAnnouncements,
    announcementsPerSecond: values.announcementRate,
    groupsPerSecond: values.groupRate,
    slowViewerMs: values.slowViewerAfter,
    memoryLimitBytes: parseByteSize(table.memoryLimit.flag, values.memoryLimit) / values.workers,
    lingerMs: values.linger,
    cacheDurationMs: values.cacheDuration,
    cacheTrackBytes: parseByteSize(table.cacheTrackCapacity.flag, values.cacheTrackCapacity),
    cacheBytes: parseByteSize(table.cacheCapacity.flag, values.cacheCapacity) / values.workers,
  };
}

/** What was said by an option wins over OpenTelemetry's variables. */
export function telemetryOf(values: Values): NodeTelemetryOptions {
  return {
    instanceId: values.node,
    ...(values.region === undefined ? {} : { region: values.region }),
    intervalMs: values.reportInterval,
    logLevel: values.logLevel,
    sampleRatio: values.traceRatio,
    endpoint: values.otlpEndpoint,
    flushOnExit: false,
  };
}
