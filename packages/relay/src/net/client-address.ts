import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { AddressList, type ListenAddress, plainAddress } from "@moqscope/telemetry/options";

/** Hops of a forwarded header that are read. */
const maxHops = 32;

/** Whose word about where clients come from is taken, and what it says. */
export class TrustedProxies {
  #list: AddressList;
  /** @throws OptionError naming what is neither address nor network */
  constructor(addresses: readonly string[]) {
    this.#list = new AddressList(addresses);
  }
  /** Trusts these from now on. @throws OptionError naming what is neither address nor network */
  replace(addresses: readonly string[]): void {
    this.#list = new AddressList(addresses);
  }
  trusts(address: string | undefined): boolean {
    return address !== undefined && this.#list.has(address);
  }
  /** Whether somebody without trust, where others have it, says where a client comes from. */
  isSpoof(peer: ListenAddress, headers: IncomingHttpHeaders): boolean {
    return !this.#list.isEmpty && !this.trusts(peer.host) && hopsOf(headers).length > 0;
  }
  /** Where a request comes from: its connection, or what trusted proxies say in `Forwarded` or `X-Forwarded-For`, from the right as far as trust reaches. */
  clientOf(peer: ListenAddress, headers: IncomingHttpHeaders): ListenAddress {
    const hops = hopsOf(headers).slice(-maxHops);
    let client = peer;
    while (this.trusts(client.host)) {
      const next = hopOf(hops.pop());
      if (!next) break;
      client = next;
    }
    return client;
  }
}

/** What proxies say, nearest last. `Forwarded` (RFC 7239) wins over X-Forwarded-For: whoever writes it knows of both. */
function hopsOf({ forwarded, "x-forwarded-for": list }: IncomingHttpHeaders): string[] {
  // Node joins repeated headers with commas; an address has neither comma nor semicolon.
  if (forwarded !== undefined) return forwarded.split(",").map((hop) => /(?:^|;)\s*for=("?)([^";]+)\1/i.exec(hop.trim())?.[2] ?? "");
  return list === undefined ? [] : String(list).split(",");
}

/** One hop; `undefined` where it is hidden or no address. */
function hopOf(text: string | undefined): ListenAddress | undefined {
  const trimmed = (text ?? "").trim();
  const [, six, four, port = "0"] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(trimmed) ?? [];
  const host = plainAddress(six ?? four ?? trimmed);
  return isIP(host) === 0 ? undefined : { host, port: Number(port) };
}
