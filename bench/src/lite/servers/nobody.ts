import { makeFrame } from "../content.ts";
import type { Source } from "./source.ts";

/** What every server does before it serves anybody: frames are made, on time. */
export function serveNobody(): Promise<Source> {
  return Promise.resolve({
    port: 0,
    write(frames) {
      for (let made = 0; made < frames; made++) makeFrame();
    },
  });
}
