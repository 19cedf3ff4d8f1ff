import type { Picture } from "./platform.ts";

/** Where pictures go, and when the next one may. */
export interface Screen {
  paint(picture: Picture, orientation: Orientation): void;
  /** Calls back before the screen's next refresh. The returned function takes it back. */
  beforeRefresh(callback: () => void): () => void;
  /** Height at which the picture is shown, in device pixels; `undefined` when it has none. */
  heightPx(): number | undefined;
}
export interface Orientation {
  /** Clockwise, rounded to quarter turns. */
  readonly rotation?: number;
  readonly flip?: boolean;
}

/** Paints on a canvas, which takes the picture's own size; the page decides how large it is shown. */
export function canvasScreen(canvas: HTMLCanvasElement): Screen {
  const context = canvas.getContext("2d", { alpha: false, desynchronized: true });
  return {
    paint(picture, { rotation = 0, flip = false }) {
      const quarter = ((Math.round(rotation / 90) % 4) + 4) % 4;
      const { displayWidth: width, displayHeight: height } = picture;
      const turned = quarter % 2 === 1;
      resize(canvas, turned ? height : width, turned ? width : height);
      if (!context) return;
      context.setTransform(1, 0, 0, 1, 0, 0);
      if (quarter !== 0 || flip) {
        context.translate(canvas.width / 2, canvas.height / 2);
        context.rotate((quarter * Math.PI) / 2);
        if (flip) context.scale(-1, 1);
        context.translate(-width / 2, -height / 2);
      }
      context.drawImage(picture as VideoFrame, 0, 0, width, height);
    },
    beforeRefresh(callback) {
      const id = requestAnimationFrame(callback);
      return () => cancelAnimationFrame(id);
    },
    heightPx() {
      const { clientHeight } = canvas;
      return clientHeight > 0 ? clientHeight * devicePixelRatio : undefined;
    },
  };
}
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
