import { afterEach, expect, test } from "vitest";
import { LiteError, LiteErrorCode } from "../error.ts";
import { defaultWish, type TrackReader } from "../model/track.ts";
import { settle } from "../testing/fake-clock.ts";
import { bytes, closeAll, path, setUp } from "../testing/fixtures/session-pair.ts";

afterEach(closeAll);

test("of a track that breaks off what is whole still comes, then the reason; what is not whole is cut", async () => {
  const { subscriber, video, sent } = setUp();
  const remote = await subscriber.broadcast(path).track("video");
  const heard: string[] = [];
  const reader: TrackReader = {
    group: (group) =>
      void group.attach({
        frame() {},
        finished: () => void heard.push(`${group.sequence} whole, ${group.byteLength} bytes`),
        aborted: () => void heard.push(`${group.sequence} cut`),
      }),
    dropped() {},
    ended: () => void heard.push("ended"),
    aborted: ({ code }) => void heard.push(code),
  };
  remote.attach(reader, defaultWish);
  await settle();
  for (const sequence of [0, 1, 2]) {
    const group = video.createGroup(sequence);
    group.append({ timestamp: sequence, payload: bytes(100_000) });
    if (sequence < 2) group.finish();
  }
  video.abort(new LiteError(LiteErrorCode.notFound, "gone"));
  for (let turn = 0; turn < 50 && heard.at(-1) !== "not_found"; turn++) await settle();
  expect(heard.filter((word) => word.endsWith("bytes"))).toEqual(["0 whole, 100000 bytes", "1 whole, 100000 bytes"]);
  expect(heard.at(-1)).toBe("not_found");
  expect(sent.count("serving room/alice/video close")).toBe(1);
});
