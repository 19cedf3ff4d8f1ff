import type { Clock } from "@moqscope/lite";
import type { Certificate } from "../net/certificate.ts";
import type { RelaySession } from "../session/relay-session.ts";
import type { RelayInstruments } from "./instruments.ts";

/** Between two samples of a session's round trip. */
export const rttIntervalMs = 10_000;

export interface SamplerOptions {
  readonly instruments: RelayInstruments;
  readonly clock: Clock;
  readonly sessions: Iterable<RelaySession>;
  /** The one served now. */
  readonly certificate: () => Certificate | undefined;
}

/** Figures that are only worth knowing when somebody looks, or now and then. The returned function stops it. */
export function startSampler(options: SamplerOptions): () => void {
  const { instruments, clock } = options;
  const stopCollecting = instruments.recorder.onCollect(() => collect(options));
  let cancel = clock.after(rttIntervalMs, sample);
  function sample(): void {
    for (const { transport, label } of options.sessions) {
      const { rtt } = transport.stats();
      if (rtt) instruments.rtt(label, rtt.source, rtt.ms);
    }
    cancel = clock.after(rttIntervalMs, sample);
  }
  return () => {
    collect(options);
    stopCollecting();
    cancel();
  };
}

function collect({ instruments, sessions, certificate }: SamplerOptions): void {
  let cached = 0;
  const buffered = new Map<string, number>();
  for (const session of sessions) {
    session.flush();
    cached += session.cachedBytes;
    buffered.set(session.label, (buffered.get(session.label) ?? 0) + session.transport.stats().bufferedBytes);
  }
  for (const cells of instruments.transports) cells.sendBuffer.set(buffered.get(cells.label) ?? 0);
  instruments.relay.cacheSize.set(cached);
  const served = certificate();
  instruments.certificateExpiry.set(served && (served.notAfterMs - Date.now()) / 1000);
}
