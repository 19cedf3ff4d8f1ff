import { expect, test } from "vitest";
import { stampedFrame } from "../lite/content.ts";
import { keyOf, MarkFinder, markEnd } from "./wire.ts";

test("the last byte of each frame is found wherever a socket cuts its bytes", () => {
  const frames = [1.5, 2.5, 3.5].map((key) => {
    const frame = stampedFrame(100);
    markEnd(frame, key);
    return frame;
  });
  expect(frames.map(keyOf)).toEqual([1.5, 2.5, 3.5]);
  const bytes = Buffer.concat(frames);
  for (let cut = 0; cut <= bytes.byteLength; cut++) {
    const finder = new MarkFinder();
    const [first, second] = [finder.keys(bytes.subarray(0, cut)), finder.keys(bytes.subarray(cut))];
    expect([...first, ...second]).toEqual([1.5, 2.5, 3.5]);
    expect(first.length).toBe(Math.floor(cut / 100));
  }
});
