import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { GatewayError } from "../error.ts";

/** Hops of a forwarded header that are read. */
const maxHops = 32;

/** Whose word about addresses and countries is taken: a load balancer or an edge in front of the gateway. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #countryHeader: string | undefined;

  /**
   * @param addresses IPv4 and IPv6 addresses and networks such as `10.0.0.0/8`
   * @param countryHeader in which a proxy tells the viewer's country; it has to remove what a viewer sends under that name
   * @throws GatewayError `bad_proxy` naming what is no address.
   */
  constructor(addresses: readonly string[], countryHeader?: string) {
    for (const each of addresses) this.#add(each);
    this.#countryHeader = countryHeader?.toLowerCase();
  }

  /** Address of the viewer: of the socket, or what a trusted proxy says in X-Forwarded-For, from the right as far as trust reaches. */
  addressOf(request: IncomingMessage): string {
    let address = plain(request.socket.remoteAddress ?? "");
    // Node joins repeated headers of this name with commas
    const hops = String(request.headers["x-forwarded-for"] ?? "")
      .split(",")
      .slice(-maxHops);
    while (this.#trusts(address)) {
      const next = hopOf(hops.pop());
      if (next === undefined) break;
      address = next;
    }
    return address;
  }

  /** The country that a trusted proxy tells, two capital letters; `undefined` otherwise. */
  countryOf(request: IncomingMessage): string | undefined {
    if (this.#countryHeader === undefined || !this.#trusts(plain(request.socket.remoteAddress ?? ""))) return undefined;
    const value = request.headers[this.#countryHeader];
    const country = typeof value === "string" ? value.trim().toUpperCase() : "";
    return /^[A-Z]{2}$/.test(country) ? country : undefined;
  }

  #trusts(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 6 ? "ipv6" : "ipv4");
  }

  #add(text: string): void {
    const [address = "", bits] = text.split("/", 2);
    const family = isIP(address);
    const type = family === 6 ? "ipv6" : "ipv4";
    const length = bits === undefined ? undefined : Number(bits);
    if (family === 0 || (length !== undefined && !(/^\d+$/.test(bits ?? "") && length <= (family === 6 ? 128 : 32))))
      throw new GatewayError("bad_proxy", `${text} is no address and no network such as 10.0.0.0/8`);
    if (length === undefined) this.#list.addAddress(address, type);
    else this.#list.addSubnet(address, length, type);
  }
}

/** One hop of X-Forwarded-For, without port and brackets; `undefined` when it is no address. */
function hopOf(text: string | undefined): string | undefined {
  const trimmed = (text ?? "").trim();
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  const address = plain(bare);
  return isIP(address) === 0 ? undefined : address;
}

/** Without a zone, and IPv4 as IPv4 where it came through an IPv6 socket. */
function plain(address: string): string {
  const [head = ""] = address.split("%", 1);
  return head.startsWith("::ffff:") && head.includes(".") ? head.slice(7) : head;
}
