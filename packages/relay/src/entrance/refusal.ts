/** Why a request does not become a session. */
export type Refusal = "malformed" | "version_mismatch" | "overload" | "origin" | "unauthorized" | "keys_unavailable";

/** What is told to whoever is refused: a status and one line. */
export const refusals: Readonly<Record<Refusal, { readonly status: number; readonly message: string }>> = {
  malformed: { status: 400, message: "malformed URL" },
  version_mismatch: { status: 400, message: "no protocol of this relay was offered" },
  origin: { status: 403, message: "pages of this origin are not let in" },
  unauthorized: { status: 401, message: "this path needs a token that allows it" },
  keys_unavailable: { status: 502, message: "the keys of tokens cannot be had" },
  overload: { status: 503, message: "this relay takes no more sessions, or no more from this address" },
};

/** The session close that stands for an HTTP status where the request has been accepted already (relay-behaviour §7.4). */
export function closeCodeOf(status: number): number {
  return status === 401 || status === 403 ? 6 : 64 + status;
}
