/** What is to run, in order of asking. */
let waiting: (() => void)[] = [];

/**
 * Runs `callback` after what this turn of the event loop still has to say: one turn for all sockets of the process, so that a
 * fan-out is one loop over its peers. Whoever asks right after a write to a stream is called when its socket has been written to.
 */
export function inFlushTurn(callback: () => void): void {
  if (waiting.push(callback) === 1) setImmediate(run);
}

function run(): void {
  const due = waiting;
  waiting = [];
  let next = 0;
  try {
    while (next < due.length) due[next++]?.();
  } finally {
    // A failure of one is none of the others.
    for (const callback of due.slice(next)) inFlushTurn(callback);
  }
}
