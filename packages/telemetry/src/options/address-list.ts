import { BlockList, isIP } from "node:net";
import { OptionError } from "./option-error.ts";

/** Without a zone, and IPv4 as IPv4 where it came through an IPv6 socket. */
export function plainAddress(address: string): string {
  const [head = ""] = address.split("%", 1);
  return /^::ffff:\d+\./i.test(head) ? head.slice(7) : head;
}

/** Addresses and networks, such as those of proxies whose word is taken. */
export class AddressList {
  readonly #list = new BlockList();
  readonly isEmpty: boolean;

  /**
   * @param texts IPv4 and IPv6 addresses and networks such as `10.0.0.0/8`
   * @throws OptionError `invalid_value` naming what is neither
   */
  constructor(texts: readonly string[]) {
    for (const text of texts) this.#add(text);
    this.isEmpty = texts.length === 0;
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 6 ? "ipv6" : "ipv4");
  }

  #add(text: string): void {
    const [address = "", bits] = text.split("/", 2);
    const family = isIP(address);
    const type = family === 6 ? "ipv6" : "ipv4";
    const length = bits === undefined ? undefined : Number(bits);
    if (family === 0 || (length !== undefined && !(/^\d+$/.test(bits ?? "") && length <= (family === 6 ? 128 : 32))))
      throw new OptionError("invalid_value", `${text} is no address and no network such as 10.0.0.0/8`);
    if (length === undefined) this.#list.addAddress(address, type);
    else this.#list.addSubnet(address, length, type);
  }
}
