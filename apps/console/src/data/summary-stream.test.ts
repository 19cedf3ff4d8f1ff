import type { Summary } from "@moqscope/telemetry/query";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { emptySummary } from "../testing/summaries.ts";
import { type EventStream, type LinkState, SummaryStream } from "./summary-stream.ts";

class FakeStream implements EventStream {
  onmessage: EventStream["onmessage"] = null;
  onerror: EventStream["onerror"] = null;
  closed = false;
  close(): void {
    this.closed = true;
  }
  say(value: unknown): void {
    this.onmessage?.({ data: typeof value === "string" ? value : JSON.stringify(value) });
  }
}

describe("the stream of summaries", () => {
  let clock: FakeClock;
  let opened: FakeStream[];
  let states: LinkState[];
  let summaries: Summary[];
  let stream: SummaryStream;
  const newest = (): FakeStream => opened.at(-1) ?? new FakeStream();

  beforeEach(() => {
    clock = new FakeClock();
    opened = [];
    states = [];
    summaries = [];
    stream = new SummaryStream({
      clock,
      open: () => {
        const next = new FakeStream();
        opened.push(next);
        return next;
      },
      onState: (state) => states.push(state),
      onSummary: (summary) => summaries.push(summary),
    });
  });

  it("is live from the first summary on", () => {
    expect(states).toEqual([{ kind: "connecting" }]);
    newest().say(emptySummary(1_000));
    expect(states.at(-1)).toEqual({ kind: "live" });
    expect(summaries).toHaveLength(1);
  });

  it("reconnects after an error with growing waits up to 5 s, and keeps since when it is lost", () => {
    const attempts: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      newest().onerror?.();
      const state = states.at(-1);
      if (state?.kind !== "lost") throw new Error("not lost");
      expect(state.sinceMs).toBe(0);
      attempts.push(state.retryAtMs - clock.now());
      clock.advance(state.retryAtMs - clock.now());
    }
    expect(attempts).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    newest().say(emptySummary(1_000));
    newest().onerror?.();
    expect(states.at(-1)).toMatchObject({ kind: "lost", sinceMs: clock.now(), retryAtMs: clock.now() + 500 });
  });

  it("takes 4 s of silence as lost", () => {
    newest().say(emptySummary(1_000));
    clock.advance(3_999);
    expect(states.at(-1)?.kind).toBe("live");
    clock.advance(1);
    expect(states.at(-1)).toMatchObject({ kind: "lost", reason: "the gateway went silent" });
    expect(opened[0]?.closed).toBe(true);
  });

  it("shows what is wrong when another program answers", () => {
    newest().say("<html>");
    expect(states.at(-1)?.kind).toBe("lost");
    clock.advance(500);
    newest().say({ nowMs: 1 });
    expect(states.at(-1)).toMatchObject({ kind: "lost", reason: "summary: broadcasts is no array" });
    expect(summaries).toHaveLength(0);
  });

  it("retries at once when asked, and only when lost", () => {
    stream.retry();
    expect(opened).toHaveLength(1);
    newest().onerror?.();
    stream.retry();
    expect(opened).toHaveLength(2);
    clock.advance(500);
    expect(opened).toHaveLength(2);
  });

  it("leaves no timer and no open stream once closed", () => {
    stream.close();
    stream.close();
    expect(clock.pending).toBe(0);
    expect(opened.every((one) => one.closed)).toBe(true);
  });
});
