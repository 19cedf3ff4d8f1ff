import { isIP } from "node:net";
import type { ListenAddress } from "@moqscope/telemetry/options";

/** What begins a connection that a proxy hands on (PROXY protocol 1 and 2, haproxy's proxy-protocol.txt of 2020). */
export type ProxyHeader =
  /** Not all of it has come. */
  | { readonly kind: "more" }
  | { readonly kind: "malformed" }
  /** `source` is absent where the proxy speaks for itself, as for its health checks. */
  | { readonly kind: "header"; readonly length: number; readonly source: ListenAddress | undefined };

const more = { kind: "more" } as const;
const malformed = { kind: "malformed" } as const;
/** §2.1: the longest line of version 1, with its end. */
const maxLineBytes = 107;
/** §2.2. Addresses take up to 216 bytes; the rest of the length is what proxies add. */
const maxVersion2Bytes = 4096;
const line1 = Buffer.from("PROXY ");
const signature2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);

const begins = (bytes: Buffer, by: Buffer): boolean => bytes.subarray(0, by.length).equals(by.subarray(0, bytes.length));

/** Reads the header from the first bytes of a connection. Never throws, and never waits for more than 4112 bytes. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (bytes.length === 0) return more;
  if (begins(bytes, line1)) return readLine(bytes);
  if (begins(bytes, signature2)) return readBinary(bytes);
  return malformed;
}

function readLine(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, maxLineBytes).indexOf("\r\n");
  if (end < 0) return bytes.length < maxLineBytes ? more : malformed;
  const length = end + 2;
  const source = sourceOf(bytes.toString("latin1", 6, end));
  return source === undefined ? malformed : { kind: "header", length, source: source === "unknown" ? undefined : source };
}

/** Of what stands behind `PROXY`. */
function sourceOf(text: string): ListenAddress | "unknown" | undefined {
  if (/^UNKNOWN(?: |$)/.test(text)) return "unknown";
  const [, family, host = "", to = "", port = "", toPort = ""] = /^TCP([46]) (\S+) (\S+) (\d+) (\d+)$/.exec(text) ?? [];
  const areAddresses = isIP(host) === Number(family) && isIP(to) === Number(family);
  return areAddresses && isPort(port) && isPort(toPort) ? { host, port: Number(port) } : undefined;
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function readBinary(bytes: Buffer): ProxyHeader {
  if (bytes.length < 16) return more;
  const [command = 0, family = 0] = bytes.subarray(12, 14);
  const bodyLength = bytes.readUInt16BE(14);
  if (command >> 4 !== 2 || (command & 0xf) > 1 || bodyLength > maxVersion2Bytes) return malformed;
  const length = 16 + bodyLength;
  if (bytes.length < length) return more;
  const header = (source: ListenAddress | undefined): ProxyHeader => ({ kind: "header", length, source });
  if ((command & 0xf) === 0) return header(undefined);
  switch (family >> 4) {
    case 1:
      return bodyLength < 12 ? malformed : header({ host: [...bytes.subarray(16, 20)].join("."), port: bytes.readUInt16BE(24) });
    case 2:
      return bodyLength < 36 ? malformed : header({ host: ipv6(bytes.subarray(16, 32)), port: bytes.readUInt16BE(48) });
    default:
      // Neither IPv4 nor IPv6: the address is not told (§2.2: the receiver uses the connection's own).
      return header(undefined);
  }
}

function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16));
  return groups.join(":");
}
