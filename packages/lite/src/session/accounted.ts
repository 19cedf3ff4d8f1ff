/** Which groups were already accounted for: exact for the newest ones, in bounded memory. */
export class Accounted {
  readonly #limit: number;
  /** Everything below is taken as accounted for. */
  #below: number;
  readonly #above = new Set<number>();
  constructor(start: number, limit = 1024) {
    this.#below = start;
    this.#limit = limit;
  }
  /** First group that is not accounted for. */
  get next(): number {
    return this.#below;
  }
  has(sequence: number): boolean {
    return sequence < this.#below || this.#above.has(sequence);
  }
  add(sequence: number): void {
    if (this.has(sequence)) return;
    this.#above.add(sequence);
    this.#advance();
    if (this.#above.size <= this.#limit) return;
    this.#below = Math.min(...this.#above);
    this.#advance();
  }
  /** Both ends inclusive. */
  addRange(first: number, last: number): void {
    if (first <= this.#below) this.#below = Math.max(this.#below, last + 1);
    else for (let sequence = first; sequence <= Math.min(last, first + this.#limit); sequence++) this.add(sequence);
    for (const sequence of this.#above) if (sequence < this.#below) this.#above.delete(sequence);
    this.#advance();
  }
  #advance(): void {
    while (this.#above.delete(this.#below)) this.#below++;
  }
}
