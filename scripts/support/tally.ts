import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

/** What a run of the tests came to; `skipped` names each with why. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: { name: string; reason?: string }[];
}

/** The environment variable that says where the tally is written. */
export const tallyVariable = "MOQSCOPE_TEST_TALLY";

/** The plain line that ends a run. */
export function tallyLine(tally: { readonly passed: number; readonly failed: number; readonly skipped: number }): string {
  return `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`;
}

/** Writes a {@link Tally} beside what the default reporter prints: vitest's JSON reporter leaves out why a test was skipped. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const path = process.env[tallyVariable];
    if (path === undefined) return;
    const tally: Tally = { passed: 0, failed: errors.length, skipped: [] };
    for (const module of modules) {
      tally.failed += module.errors().length;
      for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
      for (const test of module.children.allTests()) count(tally, module, test);
    }
    writeFileSync(path, JSON.stringify(tally));
  }
}

function count(tally: Tally, module: TestModule, test: TestCase): void {
  const result = test.result();
  switch (result.state) {
    case "passed":
      tally.passed += 1;
      return;
    case "failed":
    case "pending":
      // A test that was cut off before its end has shown nothing.
      tally.failed += 1;
      return;
    case "skipped": {
      const reason = result.note ?? (setUpFailed(test) ? "its set-up failed" : undefined);
      tally.skipped.push({ name: `${module.relativeModuleId} > ${test.fullName}`, ...(reason === undefined ? {} : { reason }) });
    }
  }
}

function setUpFailed(test: TestCase): boolean {
  let parent: TestSuite | TestModule = test.parent;
  for (;;) {
    if (parent.errors().length > 0) return true;
    if (parent.type === "module") return false;
    parent = parent.parent;
  }
}
