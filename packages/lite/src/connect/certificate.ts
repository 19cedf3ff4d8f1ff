import { LiteError, LiteErrorCode } from "../error.ts";

const sha256Bytes = 32;

/** Why there is no fingerprint: the server offers no WebTransport, or what it says is no fingerprint. */
export class NoFingerprint extends LiteError {
  /** The server was asked and has none. */
  readonly absent: boolean;
  constructor(message: string, options: { readonly absent: boolean; readonly cause?: unknown }) {
    super(LiteErrorCode.connectFailed, message, options);
    this.absent = options.absent;
  }
}

/**
 * Asks an `http` server for the SHA-256 of the certificate that its WebTransport uses: `GET /certificate.sha256` on the same host and
 * port, without the query, which may hold a token (webtransport §6). @throws NoFingerprint, or the signal's reason.
 */
export async function fetchFingerprint(url: URL, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const target = new URL("/certificate.sha256", url);
  let response: Response;
  try {
    response = await fetch(target, { signal, cache: "no-store", credentials: "omit" });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new NoFingerprint(`no answer from ${target.href}`, { absent: false, cause });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new NoFingerprint(`${target.href} answers ${response.status}: no WebTransport there`, { absent: true });
  }
  return parseFingerprint(await response.text());
}

/** Hexadecimal, 64 digits. @throws NoFingerprint for anything else: taken as a hash it would only cost a failed handshake. */
export function parseFingerprint(text: string): Uint8Array<ArrayBuffer> {
  const hex = text.trim();
  if (!/^[0-9a-f]*$/i.test(hex)) throw new NoFingerprint("the certificate's fingerprint is not hexadecimal", { absent: false });
  if (hex.length !== 2 * sha256Bytes)
    throw new NoFingerprint(`the certificate's fingerprint has ${hex.length} digits, not ${2 * sha256Bytes}`, { absent: false });
  return Uint8Array.from({ length: sha256Bytes }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
