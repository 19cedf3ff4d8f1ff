/** How old the newest sample behind a figure is. `none` is no data, which is never shown as 0. */
export type Freshness =
  | { readonly kind: "none" }
  | { readonly kind: "fresh"; readonly ageMs: number }
  | { readonly kind: "late"; readonly ageMs: number }
  | { readonly kind: "stale"; readonly ageMs: number };

/** A figure up to this age is as new as the console promises, milliseconds. */
export const freshWithinMs = 2_000;
/** A figure older than this is marked, milliseconds. */
export const staleAfterMs = 5_000;

/** Judges a sample of `atMs` at the gateway's time `nowMs`; a sample from the future is fresh. */
export function freshness(atMs: number | null | undefined, nowMs: number): Freshness {
  if (atMs === null || atMs === undefined || !Number.isFinite(atMs)) return { kind: "none" };
  const ageMs = Math.max(0, nowMs - atMs);
  if (ageMs > staleAfterMs) return { kind: "stale", ageMs };
  return { kind: ageMs > freshWithinMs ? "late" : "fresh", ageMs };
}

/** An age in one short word: `≤2 s` while fresh, so that a healthy console holds still; then 3 s, 2 min, 5 h, 3 d. */
export function ageText(ageMs: number): string {
  if (ageMs <= freshWithinMs) return "≤2\u00a0s";
  const whole = Math.round(ageMs / 1000);
  if (whole < 120) return `${whole}\u00a0s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 120) return `${minutes}\u00a0min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours}\u00a0h` : `${Math.round(hours / 24)}\u00a0d`;
}
