import type { Clock } from "@moqscope/lite";
import type { TrackReport } from "./report.ts";
import type { TrackWatch } from "./track-watch.ts";

interface Before {
  readonly atMs: number;
  readonly frames: number;
  readonly bytes: number;
}

/** Reports of tracks, with rates against the report before that asked for rates. */
export function trackReports(clock: Clock): (watches: Iterable<TrackWatch>, withRates: boolean) => readonly TrackReport[] {
  const last = new Map<string, Before>();
  return (watches, withRates) =>
    [...watches].map((watch) => {
      const { name, ledger, arrivals } = watch;
      const now: Before = { atMs: clock.now(), frames: arrivals.frames, bytes: arrivals.bytes };
      const before = last.get(name);
      if (withRates) last.set(name, now);
      const { delay } = arrivals;
      return {
        name,
        groups: ledger.counts,
        reasons: ledger.reasons,
        duplicates: ledger.duplicates,
        ...(ledger.range ? { range: ledger.range } : {}),
        frames: now.frames,
        bytes: now.bytes,
        ...(withRates && before ? rates(before, now) : {}),
        gaps: arrivals.gaps,
        ...(delay ? { delayMs: delay } : {}),
      };
    });
}
function rates(before: Before, now: Before): Pick<TrackReport, "framesPerSecond" | "bitsPerSecond"> {
  const seconds = (now.atMs - before.atMs) / 1000;
  if (seconds <= 0) return {};
  return {
    framesPerSecond: Math.round(((now.frames - before.frames) / seconds) * 10) / 10,
    bitsPerSecond: Math.round(((now.bytes - before.bytes) * 8) / seconds),
  };
}
