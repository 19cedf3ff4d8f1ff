/** Room for group numbers below one step of subscriber priority. */
const step = 2 ** 44;

/** Stream priority of a group: subscriber priority first, then the newest group, or the oldest for an ordered wish (moq-lite §9.7). */
export function groupPriority(wish: { readonly priority: number; readonly ordered: boolean }, sequence: number): number {
  const position = Math.min(sequence, step - 1);
  return wish.priority * step + (wish.ordered ? step - 1 - position : position);
}
