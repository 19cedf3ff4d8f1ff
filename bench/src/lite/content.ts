/** What every server sends: groups of 30 frames of 4 KiB, each of which carries when it was written. */
export const frameBytes = 4096;
export const framesPerGroup = 30;
export const path = "bench/stream";
export const trackName = "video";
/** What a frame of the raw server has in front: as many bytes as record, STREAM and frame headers of QMux have together. */
export const rawHeaderBytes = 16;
/** Most bytes of one message of the raw server: as many as a record of QMux may have. */
export const rawMessageBytes = 16_382;

/** Nanoseconds of the machine's monotonic clock, which all its processes share; exact below 104 days of uptime. */
export function nowNs(): number {
  return Number(process.hrtime.bigint());
}

/** A fresh frame, stamped. */
export function makeFrame(): Uint8Array<ArrayBuffer> {
  return stampedFrame(frameBytes);
}
/** The same of another size. */
export function stampedFrame(bytes: number): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(bytes);
  new DataView(frame.buffer).setFloat64(0, nowNs());
  return frame;
}

export function writtenNs(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getFloat64(0);
}
