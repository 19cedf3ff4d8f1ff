/** Bodies of each fuzz test: `pnpm test:soak` sets more. */
export const fuzzRuns: number = Number(process.env["MOQSCOPE_FUZZ_RUNS"] ?? 480);
/** What a slow machine may take for them: a body goes through a socket there and back. */
export const fuzzTimeoutMs: number = 60_000 + 6 * fuzzRuns;

/** What came of a long run, in one line; a short one says nothing. */
export function tellRun(what: string, figures: Readonly<Record<string, number>>): void {
  if (process.env["MOQSCOPE_FUZZ_RUNS"] === undefined) return;
  const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${what}: ${told.join(", ")}\n`);
}
