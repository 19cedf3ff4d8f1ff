import type { Transport } from "@moqscope/lite";
import type { TransportCells } from "../metrics/cells.ts";

/** Turns a transport's running totals into additions, so that a short session counts as fully as a long one. */
export class IoDelta {
  readonly #transport: Transport;
  readonly #cells: TransportCells;
  #sent = 0;
  #received = 0;
  constructor(transport: Transport, cells: TransportCells) {
    this.#transport = transport;
    this.#cells = cells;
  }
  flush(): void {
    const { bytesSent, bytesReceived } = this.#transport.stats();
    this.#cells.ioSent.add(bytesSent - this.#sent);
    this.#cells.ioReceived.add(bytesReceived - this.#received);
    this.#sent = bytesSent;
    this.#received = bytesReceived;
  }
}
