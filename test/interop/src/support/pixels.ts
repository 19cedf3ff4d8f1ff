import type { RgbaImage } from "@moqscope/cli";
import type { Page } from "playwright-core";

/** Which part of the picture is looked at, and how large it is read. */
export interface Look {
  /** Height of the part from the top, as a share of the picture's width; 0 for all of it. */
  readonly strip: number;
  readonly width: number;
  readonly height: number;
}

/** Reads painted pixels out of the component's canvas or video; `undefined` while there is no picture. */
export function pixelsOf(page: Page, look: Look): Promise<RgbaImage | undefined> {
  return page.evaluate(({ strip, width, height }) => {
    const canvas = document.querySelector("hang-watch")?.shadowRoot?.querySelector("canvas") ?? document.querySelector("canvas");
    const source = canvas ?? document.querySelector("video");
    if (!source) return undefined;
    const [fullWidth, fullHeight] = "videoWidth" in source ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    if (!context || fullWidth === 0) return undefined;
    context.drawImage(source, 0, 0, fullWidth, strip > 0 ? fullWidth * strip : fullHeight, 0, 0, width, height);
    return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
  }, look);
}

/** Mean difference of two pictures, per colour and pixel, of 255. */
export function difference(a: RgbaImage, b: RgbaImage): number {
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) if (at % 4 !== 3) sum += Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0));
  return sum / ((a.data.length * 3) / 4);
}
/** How far the brightest and the darkest sample lie apart, of 255: 0 for a blank picture. */
export function contrast({ data }: RgbaImage): number {
  const colours = Array.from(data).filter((_, at) => at % 4 !== 3);
  return Math.max(...colours) - Math.min(...colours);
}
