import type { Quic } from "@moqscope/quic";

/** `@moqscope/quic`; or one line that says why it cannot be had. */
export async function loadQuic(): Promise<Quic | { readonly reason: string }> {
  let quic: Quic;
  try {
    quic = await import("@moqscope/quic");
  } catch {
    return { reason: "@moqscope/quic is not installed: npm install @moqscope/quic" };
  }
  const found = quic.quicAvailable();
  return found.available ? quic : { reason: found.reason };
}
