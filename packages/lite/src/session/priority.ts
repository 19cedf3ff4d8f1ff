/** Places told apart within one publisher priority; a subscription with more groups has its last ones share the end. */
const places = 2 ** 36;
const highest = 255;

/**
 * Stream priority of a group, the whole order in one safe integer below `ControlPriority` (moq-lite §9.7): the subscriber's priority,
 * then the publisher's, then the newest group, or the oldest for an ordered wish. `place` counts from the subscription's first group.
 */
export function groupPriority(
  wish: { readonly priority: number; readonly ordered: boolean },
  publisher: { readonly priority: number },
  place: number,
): number {
  const within = clamp(place, places - 1);
  const tracks = clamp(wish.priority, highest) * (highest + 1) + clamp(publisher.priority, highest);
  return tracks * places + (wish.ordered ? places - 1 - within : within);
}
function clamp(value: number, max: number): number {
  return Math.min(Math.max(Math.floor(value), 0), max);
}
