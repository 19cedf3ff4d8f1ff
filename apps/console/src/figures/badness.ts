/** Colour is for what is bad, never for success. The word beside it says the same to who cannot see the colour. */
export type Badness = { readonly level: "warn" | "bad"; readonly why: string } | null;

/** Startup: 95 % of starts within 2 s is the objective, 4 s at p95 is the symptom that pages. */
export function startupBadness(seconds: number): Badness {
  if (seconds > 4) return { level: "bad", why: "above 4 s" };
  return seconds > 2 ? { level: "warn", why: "above 2 s" } : null;
}

/** Stalled viewing time: 0.5 % is the objective, 14.4 times as much is the burn rate that pages. */
export function stallRatioBadness(ratio: number): Badness {
  if (ratio > 0.072) return { level: "bad", why: "above 7.2 %" };
  return ratio > 0.005 ? { level: "warn", why: "above 0.5 %" } : null;
}

/** Joins: one failure is worth a look; it is bad only with enough attempts that the share means something. */
export function joinBadness(attempts: Readonly<Record<string, number>>): Badness {
  const failed = attempts["failed"] ?? 0;
  const judged = failed + (attempts["started"] ?? 0);
  if (failed === 0) return null;
  return judged >= 70 && failed / judged > 0.072 ? { level: "bad", why: "above 7.2 % fail" } : { level: "warn", why: "joins fail" };
}

/** Half of all samples at an empty buffer: the next late group is a stall. */
export function bufferBadness(seconds: number): Badness {
  return seconds < 0.02 ? { level: "warn", why: "empty" } : null;
}
