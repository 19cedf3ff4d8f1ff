import { absent, type RangeFunction, timeAt, valueAt, type Window } from "../window.ts";

/** A border is reached where the next sample would be expected at most this much of the usual distance away. */
const nearBorder = 1.1;

/**
 * Growth over a range, extrapolated to its borders as Prometheus does (promql/functions.go, extrapolatedRate): all the way where a sample
 * is near the border, by half the usual distance otherwise, and for a counter never below its zero.
 */
function extrapolated(window: Window, isCounter: boolean, perSeconds = 1): number {
  const last = window.to - 1;
  const gaps = last - window.from;
  if (gaps < 1) return absent;
  const firstValue = valueAt(window, window.from);
  let growth = valueAt(window, last) - firstValue;
  if (isCounter) growth += lostInResets(window);

  const sampledSeconds = (timeAt(window, last) - timeAt(window, window.from)) / 1000;
  const usual = sampledSeconds / gaps;
  let toStart = (timeAt(window, window.from) - window.startMs) / 1000;
  let toEnd = (window.endMs - timeAt(window, last)) / 1000;
  if (toStart >= usual * nearBorder) toStart = usual / 2;
  if (isCounter && growth > 0 && firstValue >= 0) toStart = Math.min(toStart, sampledSeconds * (firstValue / growth));
  if (toEnd >= usual * nearBorder) toEnd = usual / 2;
  // in this order, so that not even the last bit differs
  return growth * ((sampledSeconds + toStart + toEnd) / sampledSeconds / perSeconds);
}

/** A counter that falls began again at zero: what it had counted before is added back. */
function lostInResets(window: Window): number {
  let lost = 0;
  for (let index = window.from + 1; index < window.to; index++) {
    const before = valueAt(window, index - 1);
    if (valueAt(window, index) < before) lost += before;
  }
  return lost;
}

const secondsOf = ({ startMs, endMs }: Window): number => (endMs - startMs) / 1000;

export const increase: RangeFunction = (window) => extrapolated(window, true);
export const delta: RangeFunction = (window) => extrapolated(window, false);
export const rate: RangeFunction = (window) => extrapolated(window, true, secondsOf(window));

/** Between the last two samples (promql/functions.go, instantValue). */
function lastStep(window: Window, isCounter: boolean): number {
  const last = window.to - 1;
  if (last - window.from < 1 || timeAt(window, last) === timeAt(window, last - 1)) return absent;
  const value = valueAt(window, last);
  const before = valueAt(window, last - 1);
  return isCounter && value < before ? value : value - before;
}

export const idelta: RangeFunction = (window) => lastStep(window, false);
export const irate: RangeFunction = (window) => {
  const step = lastStep(window, true);
  return step === absent ? absent : step / ((timeAt(window, window.to - 1) - timeAt(window, window.to - 2)) / 1000);
};

export const resets: RangeFunction = (window) => {
  let count = 0;
  for (let index = window.from + 1; index < window.to; index++) if (valueAt(window, index) < valueAt(window, index - 1)) count++;
  return count;
};

export const changes: RangeFunction = (window) => {
  let count = 0;
  for (let index = window.from + 1; index < window.to; index++) {
    const value = valueAt(window, index);
    const before = valueAt(window, index - 1);
    if (value !== before && !(Number.isNaN(value) && Number.isNaN(before))) count++;
  }
  return count;
};
