import { defineConfig } from "vitest/config";

const conditions = ["@moqscope/source"];
const resolve = { conditions };
/** Set by `pnpm test:soak`: inputs of each fuzz test. Without it there is no such project, so that `pnpm test` stays short. */
const soak = process.env["MOQSCOPE_FUZZ_RUNS"] !== undefined;
/** Set by `pnpm test:stack`: the stack's own programs, as `pnpm foreign:build` makes them. */
const stack = process.env["MOQSCOPE_STACK"] !== undefined;
/** Set by `pnpm test:long`: what takes minutes of a quiet machine. */
const long = process.env["MOQSCOPE_LONG"] !== undefined;
const ssr = { resolve: { conditions, externalConditions: conditions } };

/** Unit tests that start a browser: each has the machine to itself, since it times what the browser does. */
const browserTests = [
  "apps/*/src/testing/{console,player}.test.ts",
  "packages/lite/src/browser.test.ts",
  "packages/quic/src/chromium.test.ts",
];

/**
 * One config for everything: unit tests beside their sources, whole-system tests in `test/`. The projects run one after another,
 * because whatever has a browser or several processes measures times.
 */
export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: "unit",
          include: [
            "{packages,apps}/*/{src,scripts,media}/**/*.test.ts",
            "scripts/**/*.test.ts",
            "{bench,infra,test/impairment}/src/**/*.test.ts",
            "test/fleet/src/*.test.ts",
          ],
          exclude: [...browserTests, "**/*.long.test.ts"],
          testTimeout: 10_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "browser",
          include: browserTests,
          testTimeout: 10_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "pack",
          include: ["test/pack/src/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "e2e",
          include: ["test/e2e/src/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "interop",
          include: ["test/interop/src/**/*.test.ts"],
          exclude: ["test/interop/src/quic/{quic,black-hole,order,links}.test.ts"],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      ...(long
        ? [
            {
              resolve,
              ssr,
              test: {
                name: "long",
                include: [
                  "test/{e2e,fleet}/src/long/*.test.ts",
                  "test/interop/src/quic/{quic,black-hole,order,links}.test.ts",
                  "packages/*/src/**/*.long.test.ts",
                  "scripts/*.long.test.ts",
                ],
                testTimeout: 120_000,
                hookTimeout: 120_000,
                fileParallelism: false,
                sequence: { groupOrder: 6 },
              },
            },
          ]
        : []),
      ...(stack
        ? [
            {
              resolve,
              ssr,
              test: {
                name: "stack",
                include: ["test/e2e/src/stack/*.test.ts"],
                testTimeout: 120_000,
                hookTimeout: 240_000,
                fileParallelism: false,
                sequence: { groupOrder: 7 },
              },
            },
          ]
        : []),
      ...(soak
        ? [
            {
              resolve,
              ssr,
              test: {
                name: "soak",
                include: ["{packages,test}/*/src/**/*.fuzz.test.ts", "test/e2e/src/chaos/*.soak.test.ts"],
                fileParallelism: false,
                sequence: { groupOrder: 5 },
              },
            },
          ]
        : []),
    ],
  },
});
