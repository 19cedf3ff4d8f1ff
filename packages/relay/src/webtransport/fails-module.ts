import { createRequire, findPackageJSON } from "node:module";
import { pathToFileURL } from "node:url";
import type { W3cWebTransport } from "@moqscope/lite";

/** What is used of `@fails-components/webtransport`, which is installed by whoever wants it. */
export interface FailsModule {
  readonly Http3Server: FailsServerConstructor;
}
export type FailsServerConstructor = new (options: FailsServerOptions) => FailsServer;
export interface FailsServerOptions {
  readonly host: string;
  readonly port: number;
  readonly cert: string;
  readonly privKey: string;
  /** Signs the tokens of address validation. */
  readonly secret: string;
  readonly initialBidirectionalStreams: number;
  readonly initialUnidirectionalStreams: number;
}
export interface FailsServer {
  readonly ready: Promise<unknown>;
  readonly closed: Promise<unknown>;
  startServer(): void;
  stopServer(): void;
  address(): { readonly host: string; readonly port: number } | null;
  setRequestCallback(callback: (request: FailsRequest) => Promise<FailsAnswer>): void;
  sessionStream(path: string): ReadableStream<FailsSession>;
}
export interface FailsRequest {
  readonly header: Readonly<Record<string, unknown>>;
}
export interface FailsAnswer {
  readonly status: number;
  /** Of `sessionStream`, whatever the URL. */
  readonly path: string;
  readonly userData: object;
  readonly selectedProtocol?: string;
}
export interface FailsSession extends W3cWebTransport {
  readonly userData: unknown;
  /** Host and port, without brackets. */
  readonly peerAddress: string;
}

const transport = "@fails-components/webtransport-transport-http3-quiche";
const main: string = "@fails-components/webtransport";

/** Loads it, or says in one line why it cannot be had. Its own `quicheLoaded` resolves even when the native part has not loaded. */
export async function loadFails(): Promise<FailsModule | { readonly reason: string }> {
  try {
    // First the native part, from where the main package looks for it: that one prints, and goes on, where it is missing.
    const manifest = findPackageJSON(main, import.meta.url);
    if (manifest === undefined) throw new Error("it is not installed");
    await import(pathToFileURL(createRequire(manifest).resolve(transport)).href);
    return (await import(main)) as FailsModule;
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    return { reason: `${main} with its native HTTP/3 part (${transport}) cannot be loaded: ${why}; npm install both` };
  }
}
