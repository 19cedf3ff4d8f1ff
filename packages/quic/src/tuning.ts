import type { NativeTuning } from "./native.ts";
import type { QuicTuning } from "./types.ts";

/** Tuning with the defaults that its docstrings name. */
export function tuned(options: QuicTuning): NativeTuning {
  return {
    keepAliveMs: options.keepAliveMs ?? 5000,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    maxBidiStreams: options.maxBidiStreams ?? 10_000,
    maxUniStreams: options.maxUniStreams ?? 10_000,
    streamWindowBytes: options.streamWindowBytes ?? 1 << 20,
    connectionWindowBytes: options.connectionWindowBytes ?? 16 << 20,
    maxSendWindowBytes: options.maxSendWindowBytes ?? 8 << 20,
    congestion: options.congestion ?? "cubic",
    ...(options.qlogDir === undefined ? {} : { qlogDir: options.qlogDir }),
  };
}

/** What may lie on this side unread, as crate/core/src/net.rs has it: incoming streams, and bytes of all streams. */
export function limits(tuning: NativeTuning): { readonly untaken: number; readonly unread: number } {
  return { untaken: Math.max(tuning.maxBidiStreams, tuning.maxUniStreams, 16), unread: tuning.connectionWindowBytes };
}
