/** Bytes of a page, the largest block. */
export const pageBytes = 65_536;
const unit = 64;
/** Block sizes in units of 64 bytes: each unit up to 2 KiB, then by an eighth more. */
const sizes: readonly number[] = sizesUpTo(pageBytes / unit);

interface Page {
  readonly bytes: Uint8Array;
  /** Index in `sizes` of its blocks. */
  size: number;
  used: number;
}

/**
 * Memory for many small pieces of bytes that grow and go: pages outside of the heap, cut into blocks of one size each. Blocks are told by
 * number; 0 is none. A page that is empty serves the next size that wants one.
 */
export class Slab {
  readonly #pages: (Page | undefined)[] = [undefined];
  readonly #empty: number[] = [];
  /** Free blocks of each size. */
  readonly #free: number[][] = sizes.map(() => []);
  #held = 0;

  /** Bytes of all blocks that are held. */
  get heldBytes(): number {
    return this.#held * unit;
  }

  /** The page of a block. */
  page(block: number): Uint8Array {
    return (this.#pages[block >>> 10] as Page).bytes;
  }

  /** Where a block begins in its page. */
  offset(block: number): number {
    return (block & 1023) * unit;
  }

  /** A block that holds `bytes`: the one given where it fits and is not far too large, else another one. What was in it is lost. */
  fit(block: number, bytes: number): number {
    const size = sizeOf(bytes);
    if (block !== 0) {
      if ((this.#pages[block >>> 10] as Page).size === size) return block;
      this.release(block);
    }
    const list = this.#free[size] as number[];
    if (list.length === 0) this.#cut(size);
    const found = list.pop() as number;
    (this.#pages[found >>> 10] as Page).used++;
    this.#held += sizes[size] ?? 0;
    return found;
  }

  release(block: number): void {
    if (block === 0) return;
    const number = block >>> 10;
    const page = this.#pages[number] as Page;
    const list = this.#free[page.size] as number[];
    list.push(block);
    page.used--;
    this.#held -= sizes[page.size] ?? 0;
    // one page of a size stays, so that a single block that comes and goes does not cut a page each time
    if (page.used > 0 || list.length < 2 * blocksOf(page.size)) return;
    this.#free[page.size] = list.filter((each) => each >>> 10 !== number);
    this.#empty.push(number);
  }

  #cut(size: number): void {
    const number = this.#empty.pop() ?? this.#pages.length;
    if (number === this.#pages.length) this.#pages.push({ bytes: new Uint8Array(pageBytes), size, used: 0 });
    (this.#pages[number] as Page).size = size;
    const units = sizes[size] as number;
    const list = this.#free[size] as number[];
    for (let index = blocksOf(size) - 1; index >= 0; index--) list.push(number * 1024 + index * units);
  }
}

function blocksOf(size: number): number {
  return Math.floor(pageBytes / unit / (sizes[size] as number));
}

/** Index of the smallest size that holds `bytes`. */
function sizeOf(bytes: number): number {
  const units = Math.max(1, Math.ceil(bytes / unit));
  if (units <= 32) return units - 1;
  let size = 32;
  while ((sizes[size] as number) < units) size++;
  return size;
}

function sizesUpTo(most: number): number[] {
  const found = Array.from({ length: 32 }, (_, index) => index + 1);
  for (let units = 36; units < most; units = Math.ceil(units * 1.125)) found.push(units);
  return [...found, most];
}
