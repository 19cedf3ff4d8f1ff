import { constants, fstatSync, openSync, writeSync } from "node:fs";
import type { LogStream } from "./event-log.ts";

/** Bytes that wait for a place that takes none at the moment; lines beyond are lost, and counted. */
const waitingLimitBytes = 256 * 1024;
const againMs = 100;

export interface LogLinesOptions {
  /** Writes what it can and says how many bytes that were; throws when it takes none. */
  readonly put: (bytes: Uint8Array) => number;
  /** The line that says how many were lost. */
  readonly told: (lost: number) => string;
  /** Calls back later; default a timer that holds no process. */
  readonly later?: (again: () => void, ms: number) => void;
}

/**
 * Log lines to a place that may be full: a disk without room, a pipe that nobody reads. A line leaves at once where it can, since
 * the last one before an exit is the one that matters; where it cannot, nothing waits for it: a process that serves must neither
 * end nor stand still for its log.
 */
export class LogLines implements LogStream {
  readonly #options: LogLinesOptions;
  readonly #later: NonNullable<LogLinesOptions["later"]>;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #lost = 0;
  #isSet = false;
  constructor(options: LogLinesOptions) {
    this.#options = options;
    this.#later = options.later ?? ((again, ms) => void setTimeout(again, ms).unref());
  }
  write(line: string): void {
    this.#add(line);
    this.#flush();
  }
  #add(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.byteLength > waitingLimitBytes) {
      this.#lost++;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
  }
  #flush(): void {
    this.#drain();
    if (this.#waiting.length === 0 && this.#lost > 0) {
      const lost = this.#lost;
      this.#lost = 0;
      this.#add(this.#options.told(lost));
      this.#drain();
    }
    if (this.#waiting.length === 0 || this.#isSet) return;
    this.#isSet = true;
    this.#later(() => {
      this.#isSet = false;
      this.#flush();
    }, againMs);
  }
  #drain(): void {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const written = this.#put(first);
      this.#waitingBytes -= written;
      if (written < first.byteLength) {
        // The rest goes first when there is room again, so that no line is cut for good.
        this.#waiting[0] = first.subarray(written);
        return;
      }
      this.#waiting.shift();
    }
  }
  #put(bytes: Uint8Array): number {
    try {
      return this.#options.put(bytes);
    } catch {
      // ENOSPC, EAGAIN, EPIPE and what else a place may have: the lines wait, and are counted when they cannot.
      return 0;
    }
  }
}

/** Writes to stderr, to a pipe in a way that never waits for its reader (Linux). */
export function putToStderr(): (bytes: Uint8Array) => number {
  const fd = stderr();
  return (bytes) => writeSync(fd, bytes);
}
function stderr(): number {
  try {
    // A description of its own: who shares stderr with us does not become non-blocking.
    if (fstatSync(2).isFIFO()) return openSync("/proc/self/fd/2", constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // Without /proc, or without stderr, it stays as it is.
  }
  return 2;
}
