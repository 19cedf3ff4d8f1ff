import { CmcdPlayerState, CmcdReporter } from "@svta/cml-cmcd";
import { describe, expect, test } from "vitest";
import { CmcdProcess } from "../testing/cmcd.ts";

/** A viewer on the reporter that hls.js, shaka and dash.js carry; `status` answers its n-th request. */
function viewer(gateway: CmcdProcess, status: (request: number) => number = () => 200) {
  let requests = 0;
  const target = { url: "https://telemetry.example/v1/cmcd", events: ["ps", "e", "bc", "b"] as const, interval: 0, batchSize: 1 };
  const keys = [
    "sta",
    "sid",
    "sn",
    "ts",
    "e",
    "v",
    "msd",
    "bsa",
    "bsd",
    "bsda",
    "dfa",
    "bl",
    "ltc",
    "mtp",
    "br",
    "pb",
    "ec",
    "bg",
  ] as const;
  const eventTargets = [{ ...target, events: [...target.events], enabledKeys: [...keys] }];
  const reporter = new CmcdReporter({ sid: "a-viewer-of-the-library", version: 2, enabledKeys: [...keys], eventTargets }, (request) => {
    const answer = status(requests++);
    if (answer === 200) gateway.take(typeof request.body === "string" ? request.body : "", 60);
    return Promise.resolve({ status: answer });
  });
  reporter.start();
  return reporter;
}
const start = Date.now();
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the reporter that the players share", () => {
  test("is understood in every key that has a metric", async () => {
    const gateway = new CmcdProcess();
    const reporter = viewer(gateway);
    const at = (ms: number): { ts: number } => ({ ts: start + ms });
    reporter.recordEvent("ps", { sta: CmcdPlayerState.STARTING, ...at(0) });
    reporter.update({ msd: 700 });
    reporter.recordEvent("ps", { sta: CmcdPlayerState.PLAYING, br: [2000, 128], mtp: [8000], bl: [1200], ltc: 3100, ...at(700) });
    reporter.recordEvent("e", { ec: ["a", "b"], bsa: [2], bsda: [1500], bsd: [500, 1000], dfa: 7, ...at(4700) });
    reporter.recordEvent("ps", { sta: CmcdPlayerState.ENDED, ...at(4700) });
    await settled();
    expect(gateway.figures()).toEqual({
      "play_attempts started": 1,
      startup_time: [1, 0.7],
      play_time: 4,
      rebuffer_count: 2,
      rebuffer_time: 1.5,
      rebuffer_duration: [2, 1.5],
      "frames_dropped deadline": 7,
      "errors false": 2,
      "buffer_length video": [1, 1.2],
      latency: [1, 3.1],
      "bitrate video": [1, 2_000_000],
      bandwidth_estimate: [1, 8_000_000],
      "sessions_ended eos": 1,
      "session_duration eos": [1, 4.7],
    });
  });

  test("sends again what was refused for its rate or lost on the way, and is counted once", async () => {
    const gateway = new CmcdProcess();
    const reporter = viewer(gateway, (request) => (request === 1 ? 429 : 200));
    const states = ["s", "p", "r", "p", "e"] as const;
    for (const [at, sta] of states.entries()) {
      reporter.recordEvent("ps", { sta, ts: start + at * 1000 });
      await settled();
    }
    expect(gateway.figures()).toMatchObject({ "play_attempts started": 1, play_time: 2, rebuffer_count: 1, rebuffer_time: 1 });
    expect(gateway.fleet.counts["gap"]).toBeUndefined();
  });
});
