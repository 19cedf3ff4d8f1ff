const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });

/** Local time of day with milliseconds: 14:03:07.120. */
export function timeOfDay(atMs: number): string {
  if (!Number.isFinite(atMs)) return "no data";
  const milliseconds = String(Math.floor(((atMs % 1000) + 1000) % 1000)).padStart(3, "0");
  return `${clock.format(atMs)}.${milliseconds}`;
}

/** Local time of day, with the date in front when it is not today's. */
export function moment(atMs: number, nowMs: number): string {
  const time = timeOfDay(atMs);
  return Number.isFinite(atMs) && day.format(atMs) !== day.format(nowMs) ? `${day.format(atMs)} ${time}` : time;
}
