import { seeded } from "@moqscope/impairment";

/** One report of one session as it arrives. */
export interface Arrival {
  readonly session: number;
  readonly sequence: number;
  /** True time of arrival. */
  readonly arrivedMs: number;
  /** By the session's own clock: its start, the report before this one, and this one. */
  readonly startMs: number;
  readonly lastMs: number;
  readonly timeMs: number;
  /** Since the session began, and since the last report. */
  readonly value: number;
  readonly growth: number;
  readonly isFinal: boolean;
}
export interface Audience {
  readonly truth: number;
  /** In the order of arrival. */
  readonly arrivals: readonly Arrival[];
}
export interface AudienceOptions {
  readonly seed: number;
  readonly sessions: number;
  /** Share of the clocks that are off by up to ten minutes; the others are off by up to half a second. */
  readonly badClocks: number;
  readonly beginMs: number;
}

const hourMs = 3_600_000;
const meanMs = 300_000;
const intervalMs = 10_000;

/**
 * An hour of sessions that count one thing (fleet aggregation, section 2): five minutes long in the mean, a report each ten seconds and one
 * at the end, each of which adds 1 to 3; nothing is lost on the way, which takes up to 300 ms.
 */
export function audience({ seed, sessions, badClocks, beginMs }: AudienceOptions): Audience {
  const arrivals: Arrival[] = [];
  let truth = 0;
  for (let session = 0; session < sessions; session++) {
    const random = seeded(seed, `plain ${session}`);
    const begin = beginMs + random() * hourMs;
    const end = Math.min(begin - Math.log(1 - random()) * meanMs, beginMs + hourMs);
    const skewMs = (random() * 2 - 1) * (random() < badClocks ? 600_000 : 500);
    let last = begin;
    let value = 0;
    for (let sequence = 1; last < end; sequence++) {
      const at = Math.min(begin + sequence * intervalMs, end);
      const growth = 1 + Math.floor(random() * 3);
      value += growth;
      const times = { startMs: begin + skewMs, lastMs: last + skewMs, timeMs: at + skewMs };
      arrivals.push({ session, sequence, arrivedMs: at + random() * 300, ...times, value, growth, isFinal: at === end });
      last = at;
    }
    truth += value;
  }
  return { truth, arrivals: arrivals.sort((a, b) => a.arrivedMs - b.arrivedMs) };
}
