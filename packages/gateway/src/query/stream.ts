import type { ServerResponse } from "node:http";
import type { Summary } from "@moqscope/telemetry/query";

/** Bytes that may wait for a listener; one who reads slower is dropped: it can come back and gets the present, not the past. */
const waitingLimit = 256 * 1024;
const listenersLimit = 100;

/** Server-sent events: the summary, once a second, to everyone who listens. It is made once for all of them. */
export class SummaryStream {
  readonly #listeners = new Set<ServerResponse>();

  get size(): number {
    return this.#listeners.size;
  }

  /** Adds a listener and sends it the present at once; `false` when there are too many. */
  add(response: ServerResponse, summary: Summary): boolean {
    if (this.#listeners.size >= listenersLimit) return false;
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "x-content-type-options": "nosniff" });
    response.write("retry: 1000\n\n");
    this.#listeners.add(response);
    response.on("close", () => this.#listeners.delete(response));
    this.#write(response, frame(summary));
    return true;
  }

  send(summary: Summary): void {
    const text = frame(summary);
    for (const response of this.#listeners) this.#write(response, text);
  }

  #write(response: ServerResponse, text: string): void {
    if (response.writableLength > waitingLimit) response.destroy();
    else response.write(text);
  }
}

function frame(summary: Summary): string {
  return `data: ${JSON.stringify(summary)}\n\n`;
}
