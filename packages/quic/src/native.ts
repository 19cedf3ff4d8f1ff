import { createRequire } from "node:module";
import { QuicError } from "./error.ts";

export interface NativeTuning {
  readonly keepAliveMs: number;
  readonly idleTimeoutMs: number;
  readonly maxBidiStreams: number;
  readonly maxUniStreams: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly maxSendWindowBytes: number;
  readonly congestion: string;
  readonly qlogDir?: string;
}

export interface NativeConnect {
  readonly address: string;
  readonly serverName: string;
  readonly protocols: readonly string[];
  /** For WebTransport: host with port, and path with query. */
  readonly authority?: string;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly trust: "system" | "none" | "sha256" | "roots";
  readonly trustValues: readonly string[];
  readonly certificate?: string;
  readonly key?: string;
  readonly tuning: NativeTuning;
}

export interface NativeListen {
  readonly addresses: readonly string[];
  readonly certificate: string;
  readonly key: string;
  readonly clientRoots?: string;
  readonly alpn: readonly string[];
  readonly tuning: NativeTuning;
}

/** The addon's one class (crate/node/src/lib.rs). */
export interface NativeEngine {
  submit(numbers: Float64Array, length: number, buffers: readonly Uint8Array[], texts: readonly string[]): void;
  listen(input: NativeListen): { readonly server: number; readonly ports: readonly number[] };
  setCertificate(server: number, certificate: string, key: string, clientRoots?: string): void;
  serverStats(server: number): readonly number[];
  forgetServer(server: number): void;
  connect(input: NativeConnect): number;
  stats(session: number, out: Float64Array): boolean;
}

export interface Native {
  readonly NativeEngine: new (told: (numbers: Float64Array, block: Uint8Array, texts: readonly string[]) => void) => NativeEngine;
  version(): string;
}

type Loaded = { readonly native: Native } | { readonly reason: string };

/** Names as napi-rs has them: operating system, processor, and on Linux the C library. */
function platform(): string {
  const abi = process.platform === "linux" ? (isMusl() ? "-musl" : "-gnu") : process.platform === "win32" ? "-msvc" : "";
  return `${process.platform}-${process.arch}${abi}`;
}

function isMusl(): boolean {
  const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined;
}

function load(): Loaded {
  const require = createRequire(import.meta.url);
  const name = platform();
  const reasons: string[] = [];
  for (const candidate of [`../native/moqscope-quic.${name}.node`, `@moqscope/quic-${name}`]) {
    try {
      return { native: require(candidate) as Native };
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      // One that is not there is the usual case; one that is there and does not load has something to say.
      if (code !== "MODULE_NOT_FOUND") reasons.push(`${candidate}: ${message.split("\n")[0]}`);
    }
  }
  const why = reasons.length > 0 ? reasons.join("; ") : `no addon for ${name} is installed`;
  return { reason: `${why}; install @moqscope/quic-${name}, or build it with cargo: pnpm quic:build` };
}

let loaded: Loaded | undefined;

/** Looked for until it is there: it may be built while the process runs. */
function find(): Loaded {
  if (!loaded || "reason" in loaded) loaded = load();
  return loaded;
}

/** Whether the addon is there, and which; where it is missing, each call looks again. */
export function quicAvailable():
  | { readonly available: true; readonly version: string }
  | { readonly available: false; readonly reason: string } {
  const found = find();
  return "native" in found ? { available: true, version: found.native.version() } : { available: false, reason: found.reason };
}

/** The addon; throws QuicError `addon_missing`. */
export function native(): Native {
  const found = find();
  if ("native" in found) return found.native;
  throw new QuicError("addon_missing", found.reason);
}
