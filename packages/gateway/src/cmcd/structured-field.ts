import { malformed } from "../error.ts";

/** A token (RFC 9651, section 3.3.4): told apart from a string with the same letters. */
export class Token {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
/** What CMCD has no key for (byte sequences, dates, display strings) is read over; custom keys may hold it. */
export type BareItem = number | string | boolean | Token | undefined;
export interface Item {
  readonly value: BareItem;
  /** Names of the parameters that are not `?0`. */
  readonly parameters: readonly string[];
}
/** A member of a dictionary: one item, or the items of an inner list. */
export type Member = Item | readonly Item[];

/** Most of what one dictionary may hold. CMCD v2 has some 60 keys; the longest lists are of renditions. */
export const fieldLimits = { members: 128, items: 64, parameters: 16, keyCharacters: 64 } as const;

/**
 * Reads a dictionary (RFC 9651, section 4.2.2). Throws GatewayError `malformed` with the position, never with what stands there. Strings may
 * hold characters beyond ASCII, which the encoder of the players lets through.
 */
export function parseDictionary(text: string): Map<string, Member> {
  return new Reader(text).dictionary();
}

const code = (character: string): number => character.charCodeAt(0);
const [tab, space, quote, backslash] = [9, 32, code('"'), code("\\")];
const isDigit = (at: number): boolean => at >= 48 && at <= 57;
const isLower = (at: number): boolean => at >= 97 && at <= 122;
const isLetter = (at: number): boolean => isLower(at | 0x20);
/** tchar of RFC 9110 beside letters and digits, and the two that a token adds. */
const tokenMarks = new Set(Array.from("!#$%&'*+-.^_`|~:/", code));
const keyMarks = new Set(Array.from("_-.*", code));

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  dictionary(): Map<string, Member> {
    const members = new Map<string, Member>();
    this.#skip(false);
    while (this.#at < this.#text.length) {
      const key = this.#key();
      members.delete(key);
      members.set(key, this.#take("=") ? this.#member() : { value: true, parameters: this.#parameters() });
      if (members.size > fieldLimits.members) throw this.#wrong(`more than ${fieldLimits.members} keys`);
      this.#skip(true);
      if (this.#at === this.#text.length) break;
      if (!this.#take(",")) throw this.#wrong("no comma after a value");
      this.#skip(true);
      if (this.#at === this.#text.length) throw this.#wrong("a comma at the end");
    }
    return members;
  }

  #member(): Member {
    if (!this.#take("(")) return this.#item();
    const items: Item[] = [];
    for (;;) {
      this.#skip(false);
      if (this.#take(")")) break;
      items.push(this.#item());
      if (items.length > fieldLimits.items) throw this.#wrong(`more than ${fieldLimits.items} values in a list`);
      const next = this.#peek();
      if (next !== space && next !== code(")")) throw this.#wrong("a list that does not end");
    }
    this.#parameters();
    return items;
  }

  #item(): Item {
    return { value: this.#bare(), parameters: this.#parameters() };
  }

  #parameters(): readonly string[] {
    const names: string[] = [];
    let read = 0;
    while (this.#take(";")) {
      this.#skip(false);
      const name = this.#key();
      if ((this.#take("=") ? this.#bare() : true) !== false) names.push(name);
      if (++read > fieldLimits.parameters) throw this.#wrong(`more than ${fieldLimits.parameters} parameters`);
    }
    return names;
  }

  #bare(): BareItem {
    const first = this.#peek();
    if (isDigit(first) || first === code("-")) return this.#number();
    if (first === quote) return this.#string();
    if (isLetter(first) || first === code("*")) return new Token(this.#run((at) => isLetter(at) || isDigit(at) || tokenMarks.has(at)));
    if (this.#take("?")) return this.#boolean();
    if (this.#take(":")) return this.#bytes();
    if (this.#take("@")) return void this.#number();
    if (this.#take("%")) return void this.#string();
    throw this.#wrong("no value");
  }

  /** Section 4.2.4: integers of 15 digits, decimals of 12 before the point and 3 after it. */
  #number(): number {
    const sign = this.#take("-") ? -1 : 1;
    const whole = this.#run(isDigit);
    if (!this.#take(".")) {
      if (whole === "" || whole.length > 15) throw this.#wrong("no integer of at most 15 digits");
      return sign * Number(whole);
    }
    const fraction = this.#run(isDigit);
    if (whole === "" || whole.length > 12 || fraction === "" || fraction.length > 3) throw this.#wrong("no decimal of 12 and 3 digits");
    return sign * Number(`${whole}.${fraction}`);
  }

  #string(): string {
    if (!this.#take('"')) throw this.#wrong("no string");
    let text = "";
    for (;;) {
      const at = this.#peek();
      if (at < space || at === 127 || Number.isNaN(at)) throw this.#wrong("a string that does not end");
      this.#at++;
      if (at === quote) return text;
      if (at !== backslash) text += this.#text[this.#at - 1];
      else if (this.#peek() === quote || this.#peek() === backslash) text += this.#text[this.#at++];
      else throw this.#wrong("an escape that is none");
    }
  }

  #boolean(): boolean {
    if (this.#take("1")) return true;
    if (this.#take("0")) return false;
    throw this.#wrong("no boolean");
  }

  #bytes(): undefined {
    this.#run((at) => isLetter(at) || isDigit(at) || at === code("+") || at === code("/") || at === code("="));
    if (!this.#take(":")) throw this.#wrong("a byte sequence that does not end");
  }

  #key(): string {
    const first = this.#peek();
    if (!isLower(first) && first !== code("*")) throw this.#wrong("no key");
    const key = this.#run((at) => isLower(at) || isDigit(at) || keyMarks.has(at));
    if (key.length > fieldLimits.keyCharacters) throw this.#wrong(`a key of more than ${fieldLimits.keyCharacters} characters`);
    return key;
  }

  #run(accepts: (at: number) => boolean): string {
    const from = this.#at;
    while (this.#at < this.#text.length && accepts(this.#peek())) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  #skip(tabsToo: boolean): void {
    while (this.#peek() === space || (tabsToo && this.#peek() === tab)) this.#at++;
  }

  #peek(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #wrong(what: string): Error {
    return malformed(`${what} at character ${this.#at + 1}`);
  }
}
