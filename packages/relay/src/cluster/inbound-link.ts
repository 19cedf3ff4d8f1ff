import type { TransportClosed } from "@moqscope/lite";
import type { LinkBytes } from "../metrics/session-metrics.ts";
import type { LinkDown, LinkEnd, Links } from "./links.ts";
import { defaultCost, parsePeer } from "./peer-address.ts";

/** What the connect URL of another relay says of it (`?relay=`, `?node=`). */
export interface LinkClaim {
  /** Its name. */
  readonly name: string;
  /** Its own public URL; absent when it does not know it. */
  readonly url: string | undefined;
}
interface InboundContext {
  readonly links: Links;
  /** Our own name, which it is told. */
  readonly node: string | undefined;
  readonly costOf: (identity: string | undefined) => number | undefined;
}

/** Bytes of a relay's name, as the attribute takes it. */
const nameBytes = 64;

/** The link of a session that another relay dialled: its figures from the start, and its place among the links once it is set up. */
export class InboundLink {
  readonly node: string | undefined;
  readonly #name: string;
  readonly #identity: string | undefined;
  readonly #context: InboundContext;
  readonly #held: ReturnType<Links["bytes"]>;
  #down: ((down: LinkDown) => void) | undefined;
  constructor({ name, url }: LinkClaim, context: InboundContext) {
    this.node = context.node;
    this.#identity = identityOf(url);
    this.#name = Buffer.from(name).subarray(0, nameBytes).toString() || (this.#identity ?? "unnamed").replace(/^https?:\/\//, "");
    this.#context = context;
    this.#held = context.links.bytes(this.#name);
  }
  get bytes(): LinkBytes {
    return this.#held.bytes;
  }
  /** What our own list says that the way to it costs. */
  get cost(): number {
    return this.#context.costOf(this.#identity) ?? defaultCost;
  }
  up(end: Pick<LinkEnd, "connectionId" | "transport" | "hop" | "span" | "rttMs">): void {
    this.#down = this.#context.links.up(this.#name, { direction: "inbound", identity: this.#identity, ...end });
  }
  /** The session has ended, whether or not it was ever up. */
  end({ clean, by, code, reason }: TransportClosed): void {
    this.#down?.({ clean, reason: reason || `closed by ${by} with code ${code}` });
    this.#held.release();
  }
}

/** A URL that makes no sense says nothing: its name is enough. */
function identityOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  try {
    return parsePeer(url).identity;
  } catch {
    return undefined;
  }
}
