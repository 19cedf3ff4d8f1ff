import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { root } from "../support/root.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moqscope-build-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What `go` says where its cache of modules is empty: an answer on stdout, and what it downloads for it on stderr. */
const go = `#!/bin/sh
case "$1" in
  mod) echo 'go: downloading github.com/prometheus/prometheus v0.315.0' >&2; printf '{\\n\\t"Dir": "%s"\\n}\\n' "$SOURCE"; sleep 0.1; echo 'go: done' >&2 ;;
  build) while [ "$1" != -o ]; do shift; done; echo '#!/bin/sh' > "$2"; chmod +x "$2" ;;
esac
`;

it.skipIf(process.platform === "win32")("builds a program of Go where every module is downloaded first", () => {
  const [bin, source, cache] = ["bin", "source", "cache"].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [bin, join(source, "cmd/promtool")]) mkdirSync(path, { recursive: true });
  writeFileSync(join(bin, "go"), go);
  chmodSync(join(bin, "go"), 0o755);
  const env = { ...process.env, MOQSCOPE_CACHE: cache, SOURCE: source, PATH: `${bin}:/usr/bin:/bin` };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/foreign-build.ts", "promtool"], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  expect(stderr).not.toContain("JSON");
  expect(stdout).toMatch(/^promtool v\S+ built in \d+ s/);
  expect(status).toBe(0);
  expect(existsSync(join(cache, "foreign/bin/promtool.version"))).toBe(true);
});
