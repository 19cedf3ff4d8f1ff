import { LiteError, LiteErrorCode } from "../error.ts";
import { withSignal } from "../session/deadline.ts";
import type { Transport } from "../transport/transport.ts";
import { messageOf } from "../web-transport/receive-stream.ts";
import { WebTransportTransport } from "../web-transport/transport.ts";
import type { W3cWebTransport } from "../web-transport/w3c.ts";

export interface OpenWebTransportOptions {
  readonly signal: AbortSignal;
  /** Application protocols, the one we like best first. */
  readonly protocols: readonly string[];
  /** SHA-256 of the only certificates to be trusted; absent: as the platform trusts. */
  readonly certificateHashes?: readonly Uint8Array<ArrayBuffer>[];
}
/**
 * Opens a session to an `https` URL, or speaks raw QUIC to `moqt` and `moql` where it can.
 * Rejects with `LiteError`, or the signal's reason.
 */
export type OpenWebTransport = (url: URL, options: OpenWebTransportOptions) => Promise<Transport>;

/** The W3C constructor, of a browser or of @fails-components/webtransport. */
export type WebTransportConstructor = new (
  url: string,
  options: {
    readonly protocols: string[];
    readonly allowPooling: boolean;
    readonly congestionControl: "low-latency";
    readonly serverCertificateHashes?: { readonly algorithm: string; readonly value: Uint8Array<ArrayBuffer> }[];
  },
) => W3cWebTransport;

/** Dials with a W3C constructor. */
export function webTransportOpener(Constructor: WebTransportConstructor): OpenWebTransport {
  return async (url, { signal, protocols, certificateHashes }) => {
    if (url.protocol !== "https:") throw new LiteError(LiteErrorCode.unsupported, `WebTransport cannot dial "${url.protocol}"`);
    if (signal.aborted) throw signal.reason;
    const hashes = certificateHashes?.map((value) => ({ algorithm: "sha-256", value }));
    let session: W3cWebTransport;
    try {
      session = new Constructor(url.href, {
        protocols: [...protocols],
        allowPooling: false,
        congestionControl: "low-latency",
        ...(hashes ? { serverCertificateHashes: hashes } : {}),
      });
    } catch (cause) {
      throw new LiteError(LiteErrorCode.connectFailed, `WebTransport: ${messageOf(cause)}`, { cause });
    }
    session.closed.catch(() => {}); // `ready` tells the same while there is no transport.
    try {
      await withSignal(Promise.resolve(session.ready), signal);
    } catch (cause) {
      session.ready.catch(() => {}); // Told as what follows.
      leave(session);
      if (signal.aborted) throw signal.reason;
      throw new LiteError(LiteErrorCode.connectFailed, `WebTransport: ${messageOf(cause)}`, { cause });
    }
    return new WebTransportTransport(session);
  };
}

/** What the platform brings, or why that is not used. */
export function platformWebTransport(
  platform: { readonly WebTransport?: unknown; readonly navigator?: { readonly userAgent?: string } } = globalThis,
): { readonly open: OpenWebTransport } | { readonly open?: undefined; readonly why: string } {
  const { WebTransport, navigator } = platform;
  if (typeof WebTransport !== "function") return { why: "no WebTransport in this browser or process" };
  const why = unfit(navigator?.userAgent ?? "");
  return why === undefined ? { open: webTransportOpener(WebTransport as WebTransportConstructor) } : { why };
}

/** The first Firefox that reads two streams at once. */
const firstFitFirefox = 153;

/** Browsers whose WebTransport exists and cannot carry media (webtransport §1). */
function unfit(userAgent: string): string | undefined {
  const firefox = /\bFirefox\/(\d+)/.exec(userAgent);
  if (firefox && Number(firefox[1]) < firstFitFirefox) return `WebTransport of Firefox ${firefox[1]} stalls with two streams`;
  const webkit = /\bAppleWebKit\//.test(userAgent) && !/\b(?:Chrome|Chromium|HeadlessChrome)\//.test(userAgent);
  return webkit ? "WebTransport of Safari does not refill its flow control" : undefined;
}

function leave(session: W3cWebTransport): void {
  try {
    session.close();
  } catch {
    // It never came up, or has ended: nothing is left open.
  }
}
