import { newTally, type Tally } from "./counters.ts";

export const protocols = ["udp", "tcp"] as const;
export type Protocol = (typeof protocols)[number];
/** `up` is from the client to the target. */
export const directions = ["up", "down"] as const;
export type Direction = (typeof directions)[number];

/** One UDP client address, or one TCP connection. */
export class Flow {
  readonly protocol: Protocol;
  /** `host:port` of the client. */
  readonly client: string;
  readonly up: Tally = newTally();
  readonly down: Tally = newTally();
  open = true;
  constructor(protocol: Protocol, client: string) {
    this.protocol = protocol;
    this.client = client;
  }
}

/** Flows that have ended and are still told of. */
const maxEnded = 256;

/** All flows that are open, and the latest that have ended. */
export class Flows {
  readonly #open = new Set<Flow>();
  readonly #ended: Flow[] = [];
  #begun = 0;
  begin(protocol: Protocol, client: string): Flow {
    const flow = new Flow(protocol, client);
    this.#begun++;
    this.#open.add(flow);
    return flow;
  }
  end(flow: Flow): void {
    if (!this.#open.delete(flow)) return;
    flow.open = false;
    this.#ended.push(flow);
    if (this.#ended.length > maxEnded) this.#ended.shift();
  }
  /** Ever. */
  get begun(): number {
    return this.#begun;
  }
  get open(): number {
    return this.#open.size;
  }
  all(): readonly Flow[] {
    return [...this.#ended, ...this.#open];
  }
}
