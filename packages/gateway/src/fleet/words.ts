const basis = 0x811c9dc5;
const prime = 0x01000193;

/** One step of the hash by which words are found (FNV-1a, 32 bits). */
export function hashStep(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, prime);
}
export const hashBasis: number = basis | 0;

/** A fixed list of ASCII words, found in bytes without a string being made of them. */
export class Words {
  readonly #words: readonly Uint8Array[];
  /** Index + 1 of a word at each place of an open hash table, 0 where there is none. */
  readonly #table: Uint16Array;
  readonly #mask: number;

  constructor(words: readonly string[]) {
    this.#words = words.map((word) => new TextEncoder().encode(word));
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, words.length * 3)));
    this.#mask = size - 1;
    this.#table = new Uint16Array(size);
    for (const [index, word] of this.#words.entries()) {
      let at = word.reduce(hashStep, hashBasis) & this.#mask;
      while (this.#table[at] !== 0) at = (at + 1) & this.#mask;
      this.#table[at] = index + 1;
    }
  }

  /** The index of the word that `bytes` hold from `from` to `to`, whose hash is known; -1 where it is none of these. */
  find(bytes: Uint8Array, { from, to, hash }: { readonly from: number; readonly to: number; readonly hash: number }): number {
    for (let at = hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const index = (this.#table[at] as number) - 1;
      if (index < 0 || isWord(this.#words[index] as Uint8Array, bytes, from, to)) return index;
    }
  }
}

function isWord(word: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (word.length !== to - from) return false;
  for (let at = 0; at < word.length; at++) if (word[at] !== bytes[from + at]) return false;
  return true;
}
