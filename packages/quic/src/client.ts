import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { checkCertificate } from "./certificate.ts";
import { engine } from "./engine.ts";
import { QuicError } from "./error.ts";
import type { NativeConnect } from "./native.ts";
import { named } from "./server.ts";
import { Session } from "./session.ts";
import { limits, tuned } from "./tuning.ts";
import type { QuicClientOptions, QuicSession } from "./types.ts";

/** An address gets this long before the next one is tried beside it. */
const NEXT_ADDRESS_MS = 250;

/** Connects; `https:` URLs speak WebTransport, `moqt:` and `moql:` raw QUIC. Throws QuicError, or the signal's reason. */
export async function connectQuic(url: string | URL, options: QuicClientOptions): Promise<QuicSession> {
  const target = new URL(url);
  const webtransport = target.protocol === "https:";
  if (!webtransport && target.protocol !== "moqt:" && target.protocol !== "moql:") {
    throw new QuicError("connect_failed", `${target.protocol} is neither https:, moqt: nor moql:`);
  }
  const { signal } = options;
  signal?.throwIfAborted();
  engine();
  if (options.identity) checkCertificate(options.identity);
  const host = target.hostname.replace(/^\[|\]$/g, "");
  const port = target.port === "" ? 443 : Number(target.port);
  const addresses = options.addresses ?? (await resolve(host));
  signal?.throwIfAborted();
  const base: Omit<NativeConnect, "address"> = {
    serverName: host,
    protocols: options.protocols,
    ...(webtransport ? { authority: target.host } : {}),
    path: `${target.pathname}${target.search}`,
    headers: Object.entries(options.headers ?? {}).map(([name, value]) => ({ name: name.toLowerCase(), value })),
    ...trust(options),
    ...options.identity,
    tuning: tuned(options),
  };
  const inputs = addresses.map((address) => ({ ...base, address: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}` }));
  return race(inputs, webtransport ? "webtransport" : "quic", signal);
}

function trust({ trust = "system" }: QuicClientOptions): Pick<NativeConnect, "trust" | "trustValues"> {
  if (trust === "system" || trust === "none") return { trust, trustValues: [] };
  if ("roots" in trust) return { trust: "roots", trustValues: [trust.roots] };
  return { trust: "sha256", trustValues: trust.sha256.map((hash) => hash.toLowerCase().replaceAll(":", "")) };
}

async function resolve(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    const found = await lookup(host, { all: true });
    return found.map(({ address }) => address);
  } catch (error) {
    throw new QuicError("connect_failed", `${host}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The first address that leads to a session; each one that hangs has the next beside it. */
async function race(
  inputs: readonly NativeConnect[],
  kind: "webtransport" | "quic",
  signal: AbortSignal | undefined,
): Promise<QuicSession> {
  const tried: Session[] = [];
  const won = Promise.withResolvers<Session>();
  let failures = 0;
  const attempt = (index: number): void => {
    const input = inputs[index];
    if (input === undefined) return;
    let session: Session;
    try {
      const id = named(() => engine().native.connect(input));
      session = new Session({ id, kind, ...limits(input.tuning) });
    } catch (error) {
      won.reject(error);
      return;
    }
    tried.push(session);
    const following = setTimeout(attempt, NEXT_ADDRESS_MS, index + 1);
    session.standing.then(
      () => {
        clearTimeout(following);
        won.resolve(session);
      },
      (error: unknown) => {
        clearTimeout(following);
        failures += 1;
        const final = error instanceof QuicError && (error.kind === "rejected" || error.kind === "protocol_not_offered");
        if (final || failures === inputs.length) won.reject(error);
        else if (tried.length === index + 1) attempt(index + 1);
      },
    );
  };
  const abort = (): void => won.reject(signal?.reason as Error);
  signal?.addEventListener("abort", abort, { once: true });
  attempt(0);
  try {
    const session = await won.promise;
    for (const other of tried) if (other !== session) other.close();
    return session;
  } catch (error) {
    for (const other of tried) other.close();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
