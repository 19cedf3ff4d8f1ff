import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type RgbaImage, readTimecode } from "./timecode.ts";

/** The topmost rows of a frame of sample.webm as ffmpeg decodes them: 8-bit grey, packed. */
function decoded(name: string, width: number): RgbaImage {
  const grey = gunzipSync(readFileSync(new URL(`fixtures/timecode-${name}.gray.gz`, import.meta.url)));
  return rgba(width, grey.length / width, (x, y) => grey[y * width + x] ?? 0);
}
function rgba(width: number, height: number, brightness: (x: number, y: number) => number): RgbaImage {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let at = 0; at < width * height; at++) data.fill(brightness(at % width, Math.floor(at / width)), at * 4, at * 4 + 4);
  return { data, width, height };
}
/** The code as docs/sample.md defines it, spelled as a row of 0 and 1. */
function row(number: number): string {
  const bits = number.toString(2).padStart(24, "0");
  const ones = bits.replaceAll("0", "").length;
  return `101${bits}${ones % 2}1010`;
}
function drawn(cells: string, width: number, levels: { black: number; white: number } = { black: 0, white: 255 }): RgbaImage {
  const size = width / 32;
  return rgba(width, Math.ceil(size), (x) => (cells[Math.floor(x / size)] === "1" ? levels.white : levels.black));
}

describe("frames of the sample, coded as VP9 and decoded by ffmpeg", () => {
  it.each([
    ["360p-0", 640, 0],
    ["360p-437", 640, 437],
    ["720p-899", 1280, 899],
  ])("reads %s", (name, width, number) => {
    expect(readTimecode(decoded(name, width))).toBe(number);
  });
});
describe("drawn codes", () => {
  it.each([0, 1, 2, 3, 899, 0x555555, 0xaaaaaa, 0xffffff])("reads %i at every scale", (number) => {
    for (const width of [64, 213, 320, 1280, 1920]) expect(readTimecode(drawn(row(number), width))).toBe(number);
  });
  it("reads greyish black and white", () => {
    expect(readTimecode(drawn(row(437), 640, { black: 60, white: 190 }))).toBe(437);
  });
  it("answers nothing when one bit is wrong, wherever it is", () => {
    const right = row(437);
    for (let cell = 3; cell <= 27; cell++) {
      const wrong = right.slice(0, cell) + (right[cell] === "1" ? "0" : "1") + right.slice(cell + 1);
      expect(readTimecode(drawn(wrong, 640)), `cell ${cell}`).toBeUndefined();
    }
  });
  it("answers nothing for a cell that is neither black nor white", () => {
    const size = 20;
    const image = rgba(640, size, (x) => {
      const cell = Math.floor(x / size);
      return cell === 10 ? 128 : row(437)[cell] === "1" ? 255 : 0;
    });
    expect(readTimecode(image)).toBeUndefined();
  });
  it.each([
    ["black", "0".repeat(32)],
    ["white", "1".repeat(32)],
    ["mirrored", row(437).split("").reverse().join("")],
    ["shifted by one cell", `0${row(437).slice(0, 31)}`],
  ])("answers nothing for a picture that is %s", (_, cells) => {
    expect(readTimecode(drawn(cells, 640))).toBeUndefined();
  });
  it("answers nothing for a picture too small to hold it", () => {
    expect(readTimecode(rgba(32, 1, () => 255))).toBeUndefined();
    expect(readTimecode({ data: [], width: 0, height: 0 })).toBeUndefined();
  });
});
