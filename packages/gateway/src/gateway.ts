import { isIP } from "node:net";
import { assemble } from "./assemble.ts";
import { GatewayError } from "./error.ts";
import { destinations, type ExportOptions } from "./export/destination.ts";
import { type Handler, type Listener, type ListenerName, listen } from "./http/listener.ts";
import { defaultReportIntervalMs, type GatewayOptions, type ListenAddress } from "./options.ts";

/** A running gateway. */
export interface Gateway {
  readonly ingestUrl: string;
  readonly otlpUrl: string;
  readonly consoleUrl: string;
  /** The random id of this process, as it stands in the header `moq-gateway`. */
  readonly id: string;
  /** Stops listening and ends every connection. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const names = {
  ingest: { what: "public ingest", flag: "--ingest-listen", variable: "MOQSCOPE_GATEWAY_INGEST_LISTEN" },
  otlp: { what: "trusted OTLP", flag: "--otlp-listen", variable: "MOQSCOPE_GATEWAY_OTLP_LISTEN" },
  console: { what: "console", flag: "--console-listen", variable: "MOQSCOPE_GATEWAY_CONSOLE_LISTEN" },
} as const satisfies Record<string, ListenerName>;

const ownSecret =
  "Telemetry tokens are signed with a random secret of this process: after a restart players fetch new ones, and replicas need one --token-secret-file for all";

/**
 * Starts a gateway on its three listeners. Throws GatewayError: `port_taken`, `listen_failed`, or `open_ingest` when the public ingest
 * would listen beyond this machine without `tokens`, `bad_token_secret` or `bad_proxy` naming what does not fit, `store_unusable` when
 * `storeDir` cannot be made or read, `export_invalid` or `export_loop` when it cannot be exported to where `export` says.
 */
export async function createGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const addresses = addressesOf(options);
  const urls = { console: "" };
  checkExport(addresses.otlp, options.export);
  checkIngest(addresses.ingest, options.tokens !== undefined);
  const reach = {
    isIngestLocal: isLoopback(addresses.ingest.host),
    isConsoleLocal: isLoopback(addresses.console.host),
    consoleUrl: () => urls.console,
  };
  const parts = assemble(options, reach);
  const listeners: Listener[] = [];
  let saved: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    parts.stop();
    await Promise.all(listeners.map((listener) => listener.close()));
    await (saved ??= parts.save());
  };
  const open = async (which: keyof typeof names, handler: Handler): Promise<string> => {
    const listener = await listen(addresses[which], names[which], handler);
    listeners.push(listener);
    return listener.url;
  };
  try {
    const ingestUrl = await open("ingest", parts.ingest);
    const otlpUrl = await open("otlp", parts.otlp);
    const consoleUrl = await open("console", parts.console);
    urls.console = consoleUrl;
    parts.events.tell("info", "moq.gateway.started", {
      "gateway.id": parts.id,
      report_interval_ms: options.reportIntervalMs ?? defaultReportIntervalMs,
      ...(options.tokens !== undefined && options.tokens.secret === undefined ? { message: ownSecret } : {}),
    });
    if (options.tokens === undefined)
      parts.events.tell("warn", "moq.gateway.insecure", {
        url: ingestUrl,
        message: `${ingestUrl} asks for no tokens: for this machine only`,
      });
    return { ingestUrl, otlpUrl, consoleUrl, id: parts.id, close: closeAll, [Symbol.asyncDispose]: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function addressesOf(options: GatewayOptions): Record<keyof typeof names, ListenAddress> {
  const local = (port: number): ListenAddress => ({ host: "127.0.0.1", port });
  return {
    ingest: options.ingestListen ?? local(4319),
    otlp: options.otlpListen ?? local(4318),
    console: options.consoleListen ?? local(4320),
  };
}

function checkIngest({ host }: ListenAddress, needsTokens: boolean): void {
  if (isLoopback(host) || needsTokens) return;
  throw new GatewayError(
    "open_ingest",
    `the public ingest asks for no tokens, so it listens on this machine only and not on ${host}: leave the host out of --ingest-listen, or say whose tokens it takes with --auth-key, --auth-key-dir or --auth-public`,
  );
}

/** What leaves would come in again, for ever. */
function checkExport({ port }: ListenAddress, options: ExportOptions | undefined): void {
  for (const { url } of options === undefined ? [] : destinations(options).values()) {
    const to = new URL(url);
    const toPort = Number(to.port || (to.protocol === "https:" ? 443 : 80));
    if (!isLoopback(to.hostname.replace(/^\[|\]$/g, "")) || toPort !== port || port === 0) continue;
    throw new GatewayError(
      "export_loop",
      `${to.origin} is this gateway's own OTLP listener: name the collector with --export-endpoint, or say --export-endpoint none`,
    );
  }
}

/** Whether a listen address is reached from this machine only. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
