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

const certificate = /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT)/;
const plain = /^(?:EPROTO|ERR_SSL_)/;

/** Says why an address cannot be spoken to, and the remedy, from what `fetch` throws. */
export function unreachable(url: string, error: unknown): ImportError {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const { origin, protocol } = new URL(url);
  const options = { cause: error };
  if (certificate.test(code))
    return new ImportError(
      "tls",
      `${origin}: its certificate is not trusted (${code}); set NODE_EXTRA_CA_CERTS to the file of its authority`,
      options,
    );
  if (protocol === "https:" && plain.test(code))
    return new ImportError("tls", `${origin}: it does not speak TLS there; try http://`, options);
  if (code === "ECONNREFUSED")
    return new ImportError("unreachable", `${origin}: nothing listens there; is Grafana started, is the port right?`, options);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new ImportError("unreachable", `${origin}: no such host; is the name right?`, options);
  if (error instanceof Error && error.name === "TimeoutError")
    return new ImportError("unreachable", `${origin}: no answer within the time; does a firewall stand between?`, options);
  if (plain.test(code) || code === "ECONNRESET" || code === "UND_ERR_SOCKET")
    return new ImportError("unreachable", `${origin}: it closed the connection; if it speaks TLS, try https://`, options);
  return new ImportError("unreachable", `${origin}: ${cause instanceof Error ? cause.message : String(error)}`, options);
}
