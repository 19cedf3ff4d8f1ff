import { readFile } from "node:fs/promises";
import type { LookupFunction } from "node:net";
import {
  type ConnectOptions,
  connect,
  type OpenWebTransport,
  type Session,
  TransportMemory,
  type WebSocketConstructor,
} from "@moqscope/lite";
import { nodeWebSocketWith, quicOpener } from "@moqscope/lite/node";
import { loadQuic } from "../webtransport/load-quic.ts";
import { linkSilence } from "./limits.ts";
import type { PeerAddress } from "./peer-address.ts";

/** PEM files of how relays know each other, read at each attempt. */
export interface ClusterTls {
  /** Who signs the certificates of peers; default whom the system trusts. */
  readonly rootsFile?: string;
  /** Our certificate as a client, for peers that ask for one (mTLS), and its key. */
  readonly certificateFile?: string;
  readonly keyFile?: string;
}
interface Pems {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}
export interface DialerOptions {
  readonly tls: ClusterTls;
  /** `false`: WebSocket only. */
  readonly quic: boolean;
}
/** How a link is dialled: where, and what is said. */
export interface Dialled {
  readonly peer: PeerAddress;
  /** Further query of the URL. */
  readonly query: Readonly<Record<string, string | undefined>>;
}

/** Dials peers as any client does: WebTransport or raw QUIC where this process has QUIC, else and as a fallback WebSocket. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #memory: TransportMemory;
  readonly #quic: ReturnType<typeof loadQuic> | undefined;
  constructor(options: DialerOptions) {
    this.#options = options;
    this.#memory = new TransportMemory();
    this.#quic = options.quic ? loadQuic() : undefined;
  }
  /** Rejects with a LiteError, or the signal's reason. */
  async connect({ peer, query }: Dialled, options: ConnectOptions): Promise<Session> {
    const url = new URL(peer.url);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value);
    const pems = await this.#read();
    return connect(atAddress(url, peer.address), {
      ...options,
      memory: this.#memory,
      webSocket: socketOf(pems, peer.address),
      webTransport: await this.#webTransport(pems, peer.address),
    });
  }
  /** WebTransport to this peer fell silent: the next session is a WebSocket, for a while. */
  silent({ url }: PeerAddress): void {
    this.#memory.failed(url);
  }
  /** Rejects with what the system says of a file that cannot be read. */
  async #read(): Promise<Pems> {
    const { rootsFile, certificateFile, keyFile } = this.#options.tls;
    const read = async (file: string | undefined): Promise<string | undefined> => (file === undefined ? undefined : readFile(file, "utf8"));
    const [ca, cert, key] = await Promise.all([rootsFile, certificateFile, keyFile].map(read));
    return { ca, cert, key };
  }
  async #webTransport({ ca, cert, key }: Pems, address: string | undefined): Promise<OpenWebTransport | false> {
    const quic = await this.#quic;
    if (!quic || "reason" in quic) return false;
    return quicOpener(quic, {
      ...linkSilence,
      ...(ca === undefined ? {} : { trust: { roots: ca } }),
      ...(address === undefined ? {} : { addresses: [address] }),
      ...(cert === undefined || key === undefined ? {} : { identity: { certificate: cert, key } }),
    });
  }
}

function socketOf({ ca, cert, key }: Pems, address: string | undefined): WebSocketConstructor {
  return nodeWebSocketWith({
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(address === undefined ? {} : { lookup: only(address) }),
  });
}

/** Without TLS nothing is bound to the host's name, and whoever asks for the certificate's fingerprint has to ask this one. */
function atAddress(url: URL, address: string | undefined): URL {
  if (address === undefined || (url.protocol !== "http:" && url.protocol !== "ws:")) return url;
  const at = new URL(url);
  at.hostname = address.includes(":") ? `[${address}]` : address;
  return at;
}
/** Looks nothing up: the host stands for several relays, and this one is meant. */
function only(address: string): LookupFunction {
  const family = address.includes(":") ? 6 : 4;
  return (_hostname, { all }, told) => (all ? told(null, [{ address, family }]) : told(null, address, family));
}
