/** Pixels as a canvas gives them (`ImageData`), rows from the top, four bytes each; only the topmost `width / 32` rows are read. */
export interface RgbaImage {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** Cells in the row: 3 start, 24 number, 1 parity, 4 end (docs/sample.md). */
const cells = 32;
const numberStart = 3;
const numberBits = 24;
const parityCell = numberStart + numberBits;
/** Cells whose colour is fixed: without them there is no time code here. */
const whiteGuards = [0, 2, 28, 30];
const blackGuards = [1, 29, 31];
/** White and black guards must differ by this much of 255, and each cell must lie this far (of their distance) from the middle. */
const minContrast = 64;
const minMargin = 0.2;

/**
 * Reads the frame number out of the time code in the topmost rows of a picture (docs/sample.md), at any scale of the whole frame
 * width. `undefined` where there is no time code, where a cell is neither black nor white, or where the parity is wrong.
 */
export function readTimecode(image: RgbaImage): number | undefined {
  const size = image.width / cells;
  if (size < 2 || image.height < 2) return undefined;
  const levels = Array.from({ length: cells }, (_, cell) => cellLevel(image, cell, size));
  const white = Math.min(...whiteGuards.map((cell) => levels[cell] ?? 0));
  const black = Math.max(...blackGuards.map((cell) => levels[cell] ?? 255));
  const contrast = white - black;
  if (contrast < minContrast) return undefined;
  const middle = (white + black) / 2;
  let number = 0;
  let ones = 0;
  for (let cell = numberStart; cell <= parityCell; cell++) {
    const distance = (levels[cell] ?? middle) - middle;
    if (Math.abs(distance) < contrast * minMargin) return undefined;
    const bit = distance > 0 ? 1 : 0;
    ones += bit;
    if (cell < parityCell) number = number * 2 + bit;
  }
  return ones % 2 === 0 ? number : undefined;
}

/** Mean brightness of the middle half of a cell, where neither scaling nor coding blurs it into its neighbours. */
function cellLevel(image: RgbaImage, cell: number, size: number): number {
  const left = Math.floor((cell + 0.25) * size);
  const right = Math.max(left + 1, Math.floor((cell + 0.75) * size));
  const rows = Math.min(size, image.height);
  const top = Math.floor(rows * 0.25);
  const bottom = Math.max(top + 1, Math.floor(rows * 0.75));
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = (y * image.width + x) * 4;
      sum += 0.2126 * (image.data[at] ?? 0) + 0.7152 * (image.data[at + 1] ?? 0) + 0.0722 * (image.data[at + 2] ?? 0);
    }
  }
  return sum / ((bottom - top) * (right - left));
}
