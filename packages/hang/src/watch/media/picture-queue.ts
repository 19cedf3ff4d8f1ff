import type { Picture } from "./platform.ts";

/** Decoded pictures in the order of play. Who holds a picture must close it: decoders own few. */
export class PictureQueue {
  #pictures: Picture[] = [];
  get length(): number {
    return this.#pictures.length;
  }
  get firstUs(): number | undefined {
    return this.#pictures[0]?.timestamp;
  }
  push(picture: Picture): void {
    const at = this.#pictures.findLastIndex((other) => other.timestamp <= picture.timestamp);
    this.#pictures.splice(at + 1, 0, picture);
  }
  /**
   * The newest picture that has been due for `graceUs`, else the oldest that is due; older ones are closed and counted in
   * `overtaken`. The caller closes it.
   */
  take(positionUs: number, graceUs = 0): { readonly picture: Picture; readonly overtaken: number } | undefined {
    const first = this.firstUs;
    if (first === undefined || first > positionUs) return undefined;
    const end = Math.max(
      0,
      this.#pictures.findLastIndex((picture) => picture.timestamp <= positionUs - graceUs),
    );
    const due = this.#pictures.splice(0, end + 1);
    const picture = due.pop();
    for (const old of due) old.close();
    return picture && { picture, overtaken: due.length };
  }
  /** Closes all and returns how many. */
  clear(): number {
    const { length } = this.#pictures;
    for (const picture of this.#pictures) picture.close();
    this.#pictures = [];
    return length;
  }
}
