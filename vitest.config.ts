import { defineConfig } from "vitest/config";

const conditions = ["@moqscope/source"];
const resolve = { conditions };
const ssr = { resolve: { conditions, externalConditions: conditions } };

/** One config for everything: unit tests beside their sources, whole-system tests in `test/`. */
export default defineConfig({
  test: {
    projects: [
      { resolve, ssr, test: { name: "unit", include: ["{packages,apps,infra}/*/{src,scripts,media}/**/*.test.ts", "scripts/**/*.test.ts"], testTimeout: 10_000 } },
      { resolve, ssr, test: { name: "e2e", include: ["test/e2e/src/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false } },
      { resolve, ssr, test: { name: "pack", include: ["test/pack/src/**/*.test.ts"], testTimeout: 300_000, hookTimeout: 300_000, fileParallelism: false } },
    ],
  },
});
