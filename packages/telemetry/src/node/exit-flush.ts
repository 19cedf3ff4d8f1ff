/** A process as far as its end is concerned; `process`, or a test's. */
export interface EndingProcess {
  readonly pid: number;
  on(event: string, listener: (signal: NodeJS.Signals) => void): unknown;
  off(event: string, listener: (signal: NodeJS.Signals) => void): unknown;
  listenerCount(event: string): number;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}
interface Flushing {
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

const endSignals = ["SIGINT", "SIGTERM"] as const;

/**
 * Sends what waits when the process ends by itself, or by a signal. Where the application listens to the signal too, it decides
 * when the process ends: then what waits is only sent. The returned function takes this back.
 */
export function flushOnExit(telemetry: Flushing, ending: EndingProcess = process): () => void {
  const byItself = (): void => void telemetry.shutdown();
  const bySignal = (signal: NodeJS.Signals): void => {
    if (ending.listenerCount(signal) > 1) return void telemetry.flush();
    // Asked twice, a person means now: the second signal finds nobody who listens.
    stop();
    void telemetry.shutdown().finally(() => ending.kill(ending.pid, signal));
  };
  const stop = (): void => {
    ending.off("beforeExit", byItself);
    for (const signal of endSignals) ending.off(signal, bySignal);
  };
  ending.on("beforeExit", byItself);
  for (const signal of endSignals) ending.on(signal, bySignal);
  return stop;
}
