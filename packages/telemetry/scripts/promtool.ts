import { execFileSync, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A rule file with unit tests in promtool's form. */
export interface UnitTest {
  /** Of its files. */
  readonly name: string;
  readonly rules: string;
  readonly tests: readonly object[];
  readonly evaluationInterval: string;
}

/** promtool with a folder of its own. */
export class Promtool {
  readonly #path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "moqscope-rules-"));

  constructor(path: string) {
    this.#path = path;
  }

  /** Checks a rule file. Throws what promtool says of it. */
  check(rules: string): void {
    execFileSync(this.#path, ["check", "rules", this.#file("rules.yml", rules)], { encoding: "utf8", stdio: "pipe" });
  }

  /** Whether all of these pass. */
  passes(units: readonly UnitTest[]): boolean {
    return this.#run(units).status === 0;
  }

  /** Runs one. Throws what promtool says of its tests that fail. */
  test(unit: UnitTest): void {
    const { status, stdout, stderr } = this.#run([unit]);
    if (status !== 0) throw new Error(`promtool: ${stdout}${stderr}`);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(units: readonly UnitTest[]): SpawnSyncReturns<string> {
    const files = units.map(({ name, rules, tests, evaluationInterval }) => {
      const rule_files = [this.#file(`${name}.yml`, rules)];
      // every JSON document is YAML
      return this.#file(
        `${name}.test.yml`,
        JSON.stringify({
          rule_files,
          evaluation_interval: evaluationInterval,
          ...(rules.includes("name: 'alerts'") ? { group_eval_order: ["records", "alerts"] } : {}),
          tests,
        }),
      );
    });
    return spawnSync(this.#path, ["test", "rules", ...files], { encoding: "utf8" });
  }

  #file(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }
}
