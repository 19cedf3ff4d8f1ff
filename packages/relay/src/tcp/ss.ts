import { spawn } from "node:child_process";
import type { LinkStats } from "@moqscope/lite";
import { RelayError, RelayErrorCode } from "../error.ts";

/** What the kernel knows of one TCP connection. */
export interface TcpFigures {
  /** Address and port of the peer as `peerKey` writes them. */
  readonly peer: string;
  readonly link: LinkStats;
}

/** Names the peer of a connection alike for Node and `ss`: no brackets, no zone, no IPv4 dressed as IPv6. */
export function peerKey(address: string, port: string | number): string {
  const plain = address.replace(/^\[([^\]]*)\].*$/, "$1").replace(/%.*$/, "");
  return `${plain.replace(/^::ffff:(?=\d+\.)/i, "")} ${port}`;
}

/**
 * One run of `ss -tin` (iproute2) for every connection of a local port: one process however many sessions there are.
 * Yields what it says as it comes, so that ten thousand connections are no single long turn.
 * @throws RelayError `tcp_info_unavailable` where there is no `ss`, or it does not do this.
 */
export async function* readTcpFigures(localPort: number, signal: AbortSignal): AsyncIterable<TcpFigures[]> {
  const child = spawn("ss", ["-tinH", `( sport = :${localPort} )`], { stdio: ["ignore", "pipe", "pipe"], signal });
  let problem = "";
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  // Awaited below; without a listener until then a missing `ss` would end the process.
  ended.catch(() => {});
  child.stderr.on("data", (text: Buffer) => {
    problem = (problem + text.toString("utf8")).slice(0, 200);
  });
  const parser = new SsParser();
  for await (const text of child.stdout.setEncoding("utf8")) yield parser.push(String(text));
  const code = await ended.catch((cause: unknown) => {
    throw new RelayError(RelayErrorCode.tcpInfoUnavailable, cause instanceof Error ? cause.message : String(cause), { cause });
  });
  if (code !== 0) throw new RelayError(RelayErrorCode.tcpInfoUnavailable, `ss ended with ${code}: ${problem.trim()}`);
  yield parser.push("\n");
}

/** Reads `ss -tinH`: a line for each connection, below it an indented line of figures (iproute2 `misc/ss.c`, tcp_stats_print). */
export class SsParser {
  #rest = "";
  #peer: string | undefined;
  /** Takes the next text, which may end anywhere; gives the connections that are whole by now. */
  push(text: string): TcpFigures[] {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    const found: TcpFigures[] = [];
    for (const line of lines) {
      if (line.startsWith("\t") || line.startsWith(" ")) {
        const link = this.#peer === undefined ? undefined : figures(line);
        if (this.#peer !== undefined && link) found.push({ peer: this.#peer, link });
        this.#peer = undefined;
      } else this.#peer = peerOf(line);
    }
    return found;
  }
}

/** `ESTAB 0 0 [::ffff:192.0.2.1]:4443 [::ffff:192.0.2.7]:51234`. Others than established ones have no figures worth telling. */
function peerOf(line: string): string | undefined {
  const [state, , , , peer = ""] = line.split(/\s+/);
  const colon = peer.lastIndexOf(":");
  return state === "ESTAB" && colon > 0 ? peerKey(peer.slice(0, colon), peer.slice(colon + 1)) : undefined;
}

const source = "tcp_info" as const;

function figures(line: string): LinkStats {
  const [rttMs, minMs] = [numberAfter(line, " rtt:"), numberAfter(line, " minrtt:")];
  const windowBytes = (numberAfter(line, " cwnd:") ?? 0) * (numberAfter(line, " mss:") ?? 0);
  const rateBps = Math.max(bitsAfter(line, " send "), bitsAfter(line, " delivery_rate "));
  return {
    ...(rttMs ? { rtt: { ms: rttMs, ...(minMs ? { minMs } : {}), source } } : {}),
    ...(windowBytes > 0 ? { congestion: { windowBytes, source } } : {}),
    ...packets(line),
    ...(rateBps > 0 ? { sendRateBps: rateBps } : {}),
  };
}

/** `ss` leaves out what is 0, so 0 is known where the kernel counts segments at all: it sent at least its SYN. */
function packets(line: string): Pick<LinkStats, "packets"> {
  if (numberAfter(line, " segs_out:") === undefined) return {};
  const retrans = line.indexOf(" retrans:");
  const lost = retrans < 0 ? 0 : (numberAfter(line, "/", retrans) ?? 0);
  const received = numberAfter(line, " data_segs_in:") ?? 0;
  return { packets: { sent: numberAfter(line, " data_segs_out:") ?? 0, lost, received, source } };
}

function numberAfter(line: string, key: string, from = 0): number | undefined {
  const at = line.indexOf(key, from);
  if (at < 0) return undefined;
  const value = Number.parseFloat(line.slice(at + key.length, at + key.length + 20));
  return Number.isFinite(value) ? value : undefined;
}

const multiples: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9 };

/** `send 1200074189bps`, of older versions `send 1.2Gbps`; 0 where it is not told. */
function bitsAfter(line: string, key: string): number {
  const at = line.indexOf(key);
  if (at < 0) return 0;
  const [, digits = "", multiple = ""] = /^([\d.]+)([KMG]?)bps/.exec(line.slice(at + key.length, at + key.length + 24)) ?? [];
  const value = Number.parseFloat(digits) * (multiples[multiple] ?? 1);
  return Number.isFinite(value) ? value : 0;
}
