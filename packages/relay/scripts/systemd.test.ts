import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { relayOptionTable } from "../src/main-options.ts";

const path = join(import.meta.dirname, "../systemd/moqscope-relay.service");
const lines = readFileSync(path, "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
const of = (key: string): string[] => lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
const analyzer = spawnSync("systemd-analyze", ["--version"]).error === undefined;

test("the unit starts what the package installs, by flags that exist, checks before, and reloads by SIGHUP", () => {
  const flags = new Set<string>(["--config", ...Object.values(relayOptionTable).map(({ flag }) => flag)]);
  for (const command of [...of("ExecStart"), ...of("ExecStartPre")]) {
    const [, program = "", ...args] = command.split(" ");
    expect(Object.keys(manifest.bin)).toContain(program);
    expect(args.filter((arg) => arg.startsWith("--") && !flags.has(arg))).toEqual([]);
  }
  expect(of("ExecStartPre")[0]).toContain("--check");
  expect(of("ExecReload")).toEqual(["/bin/kill -HUP $MAINPID"]);
  expect(manifest.files).toContain("systemd");
});

test("the unit gives the process no more than it needs", () => {
  expect(of("CapabilityBoundingSet")).toEqual(["CAP_NET_BIND_SERVICE"]);
  for (const key of [
    "NoNewPrivileges",
    "DynamicUser",
    "PrivateTmp",
    "PrivateDevices",
    "ProtectHome",
    "RestrictNamespaces",
    "LockPersonality",
  ])
    expect(of(key), key).toEqual(["yes"]);
  expect(of("ProtectSystem")).toEqual(["strict"]);
  // Node compiles as it runs: memory has to be writable and executable.
  expect(of("MemoryDenyWriteExecute")).toEqual([]);
  // ss of iproute2 asks the kernel for TCP's figures by netlink.
  expect(of("RestrictAddressFamilies")[0]?.split(" ")).toEqual(expect.arrayContaining(["AF_INET", "AF_INET6", "AF_NETLINK"]));
});

test.skipIf(!analyzer)("systemd reads the unit without a complaint (skipped where there is no systemd-analyze)", () => {
  const { status, stderr } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
  expect(stderr.split("\n").filter((line) => line.includes("moqscope-relay.service"))).toEqual([]);
  expect(status).toBe(0);
});
