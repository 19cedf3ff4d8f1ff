import type { WebSocketConstructor } from "@moqscope/lite";
import { webSocketServerOptions } from "@moqscope/lite/node";
import { WebSocket } from "ws";
import { nowNs } from "../lite/content.ts";

/** Stands before a frame's key at its end: what finds the last byte of a frame among the bytes of a socket. */
const mark = Buffer.from("moqscope", "latin1");
const markBytes = mark.byteLength + 8;

/** Puts a key, any number, at the end of a frame. */
export function markEnd(frame: Uint8Array<ArrayBuffer>, key: number): void {
  frame.set(mark, frame.byteLength - markBytes);
  new DataView(frame.buffer).setFloat64(frame.byteLength - 8, key);
}
export function keyOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset + frame.byteLength - 8).getFloat64(0);
}

/** Finds the keys of the frames whose last byte is in what a socket gives, also where it lies across two pieces. */
export class MarkFinder {
  #rest: Buffer = Buffer.alloc(0);
  keys(piece: Buffer): number[] {
    const bytes = Buffer.concat([this.#rest, piece]);
    const keys: number[] = [];
    let at = bytes.indexOf(mark);
    for (; at >= 0 && at + markBytes <= bytes.byteLength; at = bytes.indexOf(mark, at + markBytes))
      keys.push(bytes.readDoubleBE(at + mark.byteLength));
    this.#rest = Buffer.from(at >= 0 ? bytes.subarray(at) : bytes.subarray(Math.max(0, bytes.byteLength - mark.byteLength + 1)));
    return keys;
  }
}

/** A WebSocket that tells when the kernel has taken a message (`sent`), and which frames came whole with each piece of the socket. */
export function wireSocket(told: {
  readonly sent?: (atNs: number) => void;
  readonly frame?: (key: number, atNs: number) => void;
}): WebSocketConstructor {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { perMessageDeflate: false, maxPayload: webSocketServerOptions.maxPayload });
      const finder = new MarkFinder();
      const look = (piece: Buffer): void => {
        const atNs = nowNs();
        for (const key of finder.keys(piece)) told.frame?.(key, atNs);
      };
      // Ahead of ws, whose parsing is not the relay's; but only once ws has the socket, which it hands what came with the upgrade.
      if (told.frame) this.on("upgrade", ({ socket }) => queueMicrotask(() => socket.prependListener("data", look)));
    }
    override send(data: Parameters<WebSocket["send"]>[0], ...rest: unknown[]): void {
      super.send(data, ...(rest as []));
      told.sent?.(nowNs());
    }
  } as unknown as WebSocketConstructor;
}
