/** One line that changes on a terminal, a line each half minute elsewhere. */
export class Progress {
  readonly #name: string;
  readonly #started = performance.now();
  #saidMs = Number.NEGATIVE_INFINITY;
  constructor(name: string) {
    this.#name = name;
  }
  at(text: string): void {
    const now = performance.now();
    const line = `${this.#name}: ${text}, ${Math.round((now - this.#started) / 1000)} s`;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    else if (now - this.#saidMs > 30_000) {
      this.#saidMs = now;
      process.stderr.write(`${line}\n`);
    }
  }
  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
  }
}
