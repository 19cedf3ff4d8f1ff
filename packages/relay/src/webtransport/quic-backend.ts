import type { Backend } from "./backend.ts";

/** `@moqscope/quic`; or one line that says why it cannot be had. */
export function quicBackend(): Promise<Backend | { readonly reason: string }> {
  return Promise.resolve({ reason: "@moqscope/quic is not part of this installation" });
}
