import type { Transport, TransportStats } from "@moqscope/lite";
import type { TransportCells } from "../metrics/cells.ts";
import { type LinkCells, LinkMeter } from "../metrics/link-cells.ts";

/** Turns a transport's running totals into additions, so that a short session counts as fully as a long one. */
export class IoDelta {
  readonly #transport: Transport;
  readonly #cells: TransportCells;
  readonly #link: LinkMeter;
  #sent = 0;
  #received = 0;
  constructor(transport: Transport, cells: TransportCells, link: LinkCells) {
    this.#transport = transport;
    this.#cells = cells;
    this.#link = new LinkMeter(link, cells.label);
  }
  /** Adds bytes and packets since the last call; gives what the transport said. */
  flush(): TransportStats {
    const stats = this.#transport.stats();
    const { bytesSent, bytesReceived } = stats;
    this.#cells.ioSent.add(bytesSent - this.#sent);
    this.#cells.ioReceived.add(bytesReceived - this.#received);
    this.#sent = bytesSent;
    this.#received = bytesReceived;
    this.#link.add(stats);
    return stats;
  }
  /** Records what the link is like. */
  sample(): void {
    this.#link.sample(this.#transport.stats());
  }
}
