import type { Clock, Limits } from "@moqscope/lite";
import type { Recorder } from "@moqscope/telemetry";
import type { ListenAddress } from "@moqscope/telemetry/options";
import type { ClusterOptions } from "./cluster/cluster.ts";
import type { AuthOptions } from "./entrance/access.ts";
import type { RelayLimits } from "./limits.ts";
import type { TlsOptions } from "./net/certificate.ts";
import type { NodeRecorder } from "./stats/foreign-stats.ts";
import type { WebTransportChoice } from "./webtransport/web-transports.ts";

export interface RelayOptions {
  /** Public listener. Default all interfaces, port 4443. */
  readonly listen?: ListenAddress;
  /** Admin listener, without authorisation. Default 127.0.0.1, port 4444; `false` for none. */
  readonly adminListen?: ListenAddress | false;
  /** Name of this relay, as the admin listener shows it. */
  readonly node?: string;
  readonly region?: string;
  /** Where metrics, spans and events go. Default nowhere. */
  readonly recorder?: Recorder;
  /** Who may publish and watch what. Without it whoever reaches the relay may do everything, and tokens are not looked at. */
  readonly auth?: AuthOptions;
  /** For processes that share a port: how those beside this one reach it alone, and whether one of them serves WebTransport for all. */
  readonly beside?: { readonly listen: ListenAddress; readonly secret: string; readonly hasWebTransport: boolean };
  /** Exact origins of the pages that may connect; default all. Whoever is no page of a browser has none. */
  readonly allowOrigins?: readonly string[];
  /** Which other relays to be linked with. Without it the relay dials nobody; whoever dials it with full rights is linked all the same. */
  readonly cluster?: ClusterOptions;
  /** Addresses and networks of proxies that are believed when they say where a client comes from (`X-Forwarded-For`, `Forwarded`). */
  readonly trustedProxies?: readonly string[];
  /** Whether each TCP connection of these begins with a header of the PROXY protocol, version 1 or 2. */
  readonly proxyProtocol?: boolean;
  /** Serves TLS beside plain HTTP on the public port. */
  readonly tls?: TlsOptions;
  /** Who serves WebTransport and raw QUIC on the UDP port beside the public listener. Default `auto`; without `tls` there is none. */
  readonly webTransport?: WebTransportChoice;
  /** Between two pings. Default 5 s. */
  readonly pingIntervalMs?: number;
  /** A peer that says nothing for so long is dropped. Default 30 s. */
  readonly pingTimeoutMs?: number;
  /** Asks the kernel for the TCP figures of WebSocket sessions (`ss` of iproute2, one process every 10 s). Default on Linux. */
  readonly tcpInfo?: boolean;
  /** What the admin listener answers to `/metrics`. */
  readonly metricsText?: () => string;
  /** Broadcasts with series of their own: the strongest by viewers, then by bytes; the others are counted as `other`. Default 20. */
  readonly broadcastLimit?: number;
  /** Tells the figures of foreign relays that announce them here (`.stats` broadcasts) under our names. Default not. */
  readonly foreignStats?: {
    /** Below which they are announced, such as `.stats`. */
    readonly prefix: string;
    /** Where those of a node go. */
    readonly nodeRecorder: (node: string) => NodeRecorder;
  };
  /** Part of the sessions that are traced of those which ask to be, beyond five a second, 0 to 1. Default 1. Sessions that ask for nothing are the recorder's to sample. */
  readonly traceRatio?: number;
  readonly limits?: Partial<RelayLimits>;
  /** What one session may hold or wait for. */
  readonly sessionLimits?: Partial<Limits>;
  readonly clock?: Clock;
  /** Bytes of memory in use, which `limits.memoryLimitBytes` is held against. Default the resident memory of the process. */
  readonly usedMemory?: () => number;
  /** What the admin listener answers to `/config`, without secrets. */
  readonly describeConfig?: () => unknown;
}

/** How a relay lets its sessions go before it ends. */
export interface DrainOptions {
  /** Where sessions are asked to go, such as `https://relay-b.example`; each is told its own path and query there. Default where they came from. */
  readonly goawayUri?: string;
  /** What is still here then is closed. */
  readonly timeoutMs: number;
}

/** What a relay takes over while it runs. Sessions stay; what is absent stays as it is. */
export interface RelayChanges {
  readonly limits?: Partial<RelayLimits>;
  /** `false`: whoever reaches the relay may do everything. */
  readonly auth?: AuthOptions | false;
  /** Sessions that are open keep the address they came from. */
  readonly trustedProxies?: readonly string[];
  /** `false`: every page may connect. */
  readonly allowOrigins?: readonly string[] | false;
}

export const defaultBroadcastLimit = 20;
export const defaultPingIntervalMs = 5_000;
export const defaultPingTimeoutMs = 30_000;
