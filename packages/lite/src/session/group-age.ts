import type { GroupSender } from "./group-sender.ts";

/** How much older a group is than the latest, milliseconds: by first timestamp or by arrival, whichever says more (moq-lite §9.8). */
export function ageMs(sender: GroupSender, latest: GroupSender, timescale: number): number {
  const byArrival = latest.beganMs - sender.beganMs;
  const mine = sender.group.frames[0];
  const newest = latest.group.frames[0];
  if (!mine || !newest) return byArrival;
  return Math.max(byArrival, ((newest.timestamp - mine.timestamp) / timescale) * 1000);
}
