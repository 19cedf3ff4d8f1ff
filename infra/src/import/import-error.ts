/** What stopped an import, and what to do about it, in one line. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  readonly code: ImportErrorCode;

  constructor(code: ImportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
/**
 * - `address`, `unreachable`, `tls`, `not_grafana`, `too_old`: the Grafana itself.
 * - `unauthorized`, `forbidden`: who asks.
 * - `data_source`: none of a kind that is needed, or several.
 * - `provisioned`, `refused`: a board that cannot be written.
 */
export type ImportErrorCode =
  | "address"
  | "unreachable"
  | "tls"
  | "not_grafana"
  | "too_old"
  | "unauthorized"
  | "forbidden"
  | "data_source"
  | "provisioned"
  | "refused";

interface Cause {
  /** Of Node's error below that of `fetch`; empty where there is none. */
  readonly code: string;
  readonly isTls: boolean;
}
/** What can be between two programs, and the remedy. */
const remedies: readonly (readonly [code: ImportErrorCode, when: (cause: Cause) => boolean, remedy: string])[] = [
  [
    "tls",
    ({ code }) => /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT)/.test(code),
    "its certificate is not trusted; set NODE_EXTRA_CA_CERTS to the file of its authority",
  ],
  ["tls", ({ code, isTls }) => isTls && /^(?:EPROTO|ERR_SSL_)/.test(code), "it does not speak TLS there; try http://"],
  ["unreachable", ({ code }) => code === "ECONNREFUSED", "nothing listens there; is Grafana started, is the port right?"],
  ["unreachable", ({ code }) => /^(?:ENOTFOUND|EAI_AGAIN)$/.test(code), "no such host; is the name right?"],
  ["unreachable", ({ code }) => code === "TimeoutError", "no answer within the time; does a firewall stand between?"],
  [
    "unreachable",
    ({ code }) => /^(?:ECONNRESET|UND_ERR_SOCKET|HPE_)/.test(code),
    "it closed the connection; if it speaks TLS, try https://",
  ],
];

/** Says why an address cannot be spoken to, and the remedy, from what `fetch` throws. */
export function unreachable(url: string, error: unknown): ImportError {
  const { origin, protocol } = new URL(url);
  const cause = error instanceof Error ? error.cause : undefined;
  const name = error instanceof Error ? error.name : "";
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : name;
  const found = remedies.find(([, when]) => when({ code, isTls: protocol === "https:" }));
  const why = found?.[2] ?? (cause instanceof Error ? cause.message : String(error));
  return new ImportError(found?.[0] ?? "unreachable", `${origin}: ${why} (${code})`, { cause: error });
}
