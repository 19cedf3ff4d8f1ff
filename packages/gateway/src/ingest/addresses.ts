import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { AddressList, OptionError, plainAddress } from "@moqscope/telemetry/options";
import { GatewayError } from "../error.ts";

/** Hops of a forwarded header that are read. */
const maxHops = 32;

/** Whose word about addresses and countries is taken: a load balancer or an edge in front of the gateway. */
export class TrustedProxies {
  readonly #list: AddressList;
  readonly #countryHeader: string | undefined;

  /**
   * @param addresses IPv4 and IPv6 addresses and networks such as `10.0.0.0/8`
   * @param countryHeader in which a proxy tells the viewer's country; it has to remove what a viewer sends under that name
   * @throws GatewayError `bad_proxy` naming what is no address.
   */
  constructor(addresses: readonly string[], countryHeader?: string) {
    this.#list = listOf(addresses);
    this.#countryHeader = countryHeader?.toLowerCase();
  }

  /** Address of the viewer: of the socket, or what a trusted proxy says in X-Forwarded-For, from the right as far as trust reaches. */
  addressOf(request: IncomingMessage): string {
    let address = plainAddress(request.socket.remoteAddress ?? "");
    // Node joins repeated headers of this name with commas
    const hops = String(request.headers["x-forwarded-for"] ?? "")
      .split(",")
      .slice(-maxHops);
    while (this.#list.has(address)) {
      const next = hopOf(hops.pop());
      if (next === undefined) break;
      address = next;
    }
    return address;
  }

  /** The country that a trusted proxy tells, two capital letters; `undefined` otherwise. */
  countryOf(request: IncomingMessage): string | undefined {
    if (this.#countryHeader === undefined || !this.#list.has(plainAddress(request.socket.remoteAddress ?? ""))) return undefined;
    const value = request.headers[this.#countryHeader];
    const country = typeof value === "string" ? value.trim().toUpperCase() : "";
    return /^[A-Z]{2}$/.test(country) ? country : undefined;
  }
}

/** One hop of X-Forwarded-For, without port and brackets; `undefined` when it is no address. */
function hopOf(text: string | undefined): string | undefined {
  const trimmed = (text ?? "").trim();
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  const address = plainAddress(bare);
  return isIP(address) === 0 ? undefined : address;
}

function listOf(addresses: readonly string[]): AddressList {
  try {
    return new AddressList(addresses);
  } catch (error) {
    throw error instanceof OptionError ? new GatewayError("bad_proxy", error.message, { cause: error }) : error;
  }
}
