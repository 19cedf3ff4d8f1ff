import type { Clock } from "@moqscope/lite";
import type { Certificate } from "../net/certificate.ts";
import type { RunningSession } from "../session/sessions.ts";
import type { RelayInstruments } from "./instruments.ts";

/** Between two samples of a session's link. */
export const sampleIntervalMs = 10_000;
/** Between two samples of the queues. */
const queueIntervalMs = 1_000;
/** Sessions sampled in one turn: media does not wait for more than this. */
const sessionsPerTurn = 200;
const turnMs = 1;

export interface SamplerOptions {
  readonly instruments: RelayInstruments;
  readonly clock: Clock;
  readonly sessions: Iterable<Pick<RunningSession, "sample" | "flush" | "label">>;
  /** Payload bytes of every cached group. */
  readonly cachedBytes: () => number;
  /** The one served now. */
  readonly certificate: () => Certificate | undefined;
}

/** Figures that are only worth knowing when somebody looks, or now and then. The returned function stops it. */
export function startSampler(options: SamplerOptions): () => void {
  const { instruments, clock } = options;
  const stopCollecting = instruments.recorder.onCollect(() => collect(options));
  let cancelTurn = (): void => {};
  let cancel = clock.after(sampleIntervalMs, sample);
  let cancelQueues = clock.after(queueIntervalMs, sampleQueues);
  function sampleQueues(): void {
    cancelQueues = clock.after(queueIntervalMs, sampleQueues);
    instruments.queues.sample((peer, openGroups) => instruments.relay.queueDepth[peer].record(openGroups));
  }
  function sample(): void {
    cancel = clock.after(sampleIntervalMs, sample);
    cancelTurn();
    turn([...options.sessions], 0);
  }
  function turn(sessions: readonly Pick<RunningSession, "sample">[], from: number): void {
    const end = Math.min(from + sessionsPerTurn, sessions.length);
    for (let index = from; index < end; index++) sessions[index]?.sample();
    if (end < sessions.length) cancelTurn = clock.after(turnMs, () => turn(sessions, end));
  }
  return () => {
    collect(options);
    stopCollecting();
    cancel();
    cancelTurn();
    cancelQueues();
  };
}

function collect({ instruments, sessions, cachedBytes, certificate }: SamplerOptions): void {
  const buffered = new Map<string, number>();
  for (const session of sessions) {
    const { bufferedBytes } = session.flush();
    buffered.set(session.label, (buffered.get(session.label) ?? 0) + bufferedBytes);
  }
  for (const cells of instruments.transports) cells.sendBuffer.set(buffered.get(cells.label) ?? 0);
  instruments.relay.cacheSize.set(cachedBytes());
  const served = certificate();
  instruments.certificateExpiry.set(served && (served.notAfterMs - Date.now()) / 1000);
}
