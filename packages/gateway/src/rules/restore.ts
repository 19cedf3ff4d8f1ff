import type { HistoryStore } from "../tsdb/history-store.ts";
import { nameLabel } from "../tsdb/labels.ts";
import { matcher } from "../tsdb/matcher.ts";
import type { RestoredAlert } from "./alert.ts";

/** Series of Prometheus' own rules: 1 while an alert is pending or fires, and since when its condition holds, epoch seconds. */
export const alertsName = "ALERTS";
export const alertsSinceName = "ALERTS_FOR_STATE";
/** What is older says nothing of now (Prometheus' `--rules.alert.for-outage-tolerance`). */
const toleratedMs = 3_600_000;
/** In so much before its newest sample a series has one at any resolution. */
const readMs = 20_000;

/** The alerts of a rule as they were when the store was written. */
export function restoredAlerts(history: HistoryStore, alertname: string, nowMs: number): RestoredAlert[] {
  const current = (name: string, ...more: readonly ReturnType<typeof matcher>[]): ReturnType<HistoryStore["select"]> =>
    history
      .select([matcher(nameLabel, "=", name), matcher("alertname", "=", alertname), ...more])
      .filter((series) => !series.isStale && nowMs - series.lastMs <= toleratedMs);
  const firing = new Set(
    current(alertsName, matcher("alertstate", "=", "firing")).map(({ labels }) => labels.drop([nameLabel, "alertstate"]).key),
  );
  return current(alertsSinceName).flatMap((series) => {
    const labels = series.labels.drop([nameLabel]);
    const samples = series.read(series.lastMs - readMs, series.lastMs);
    const since = samples.values[samples.size - 1];
    return since === undefined ? [] : [{ labels, activeMs: since * 1000, isFiring: firing.has(labels.key) }];
  });
}
