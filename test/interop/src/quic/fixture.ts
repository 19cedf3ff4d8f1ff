import { fileURLToPath } from "node:url";

/**
 * Eight seconds of H.264 as fragmented MP4 in which each picture is a key frame in a fragment of its own, so that each is a group:
 * `ffmpeg -f lavfi -i testsrc2=s=96x54:r=30 -t 8 -c:v libx264 -g 1 -crf 36 -pix_fmt yuv420p
 * -movflags +frag_every_frame+empty_moov+default_base_moof+delay_moov every-frame-a-key.mp4`
 */
export const fixturePath: string = fileURLToPath(new URL("./every-frame-a-key.mp4", import.meta.url));

export interface Box {
  readonly type: string;
  /** With its header. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/** The boxes of an MP4 file, outermost only; one that is cut off at the end is left out. */
export function boxesOf(file: Uint8Array): readonly Box[] {
  const boxes: Box[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at + 8 <= file.byteLength; ) {
    const size = view.getUint32(at);
    if (size < 8 || at + size > file.byteLength) break;
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    boxes.push({ type, whole: file.subarray(at, at + size), content: file.subarray(at + 8, at + size) });
    at += size;
  }
  return boxes;
}

/** The media of an MP4 file, as it lies in its `mdat` boxes: in the fixture one picture each. */
export function mediaOf(file: Uint8Array): readonly Uint8Array[] {
  return boxesOf(file)
    .filter(({ type }) => type === "mdat")
    .map(({ content }) => content);
}
