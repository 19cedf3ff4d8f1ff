import { type OptionError, tomlText } from "@moqscope/telemetry/options";
import { expect, test } from "vitest";
import { relaySections as sections, relayOptionTable as table } from "../main-options.ts";
import { checkSettings } from "./check-settings.ts";
import { limitsOf } from "./relay-options.ts";
import { readSettings, type Settings } from "./settings.ts";

function settings(argv: readonly string[], env: Record<string, string> = {}): Settings {
  const parsed = readSettings(argv, env);
  if (parsed.kind !== "run") throw new Error(parsed.kind);
  return parsed;
}
/** What `--check` tells. */
async function problems(argv: readonly string[], env: Record<string, string> = {}): Promise<readonly string[]> {
  try {
    await checkSettings(settings(argv, env).values);
    return [];
  } catch (error) {
    return (error as OptionError).problems;
  }
}

test("what a start would refuse is told, all of it at once", async () => {
  const args = ["--tls-cert", "/no/such.pem", "--tls-key", "/no/such.key", "--auth-key", "/no/such.jwk", "--otlp-endpoint", "nowhere"];
  expect(
    await problems([...args, "--ping-timeout", "1s", "--allow-origin", "watch.example", "--listen", "1::1:9", "--admin-listen", "1"]),
  ).toEqual([expect.stringMatching(/^--listen: "1::1:9" is no listen address/)]);
  expect(
    await problems([
      ...args,
      "--ping-timeout",
      "1s",
      "--allow-origin",
      "watch.example",
      "--listen",
      "[::1]:9",
      "--admin-listen",
      "[::1]:9",
    ]),
  ).toEqual([
    "--listen and --admin-listen are both [::1]:9",
    '--allow-origin: "watch.example" is no origin of a page: such as https://watch.example',
    "--ping-timeout is not above --ping-interval",
    expect.stringMatching(/^--tls-cert, --tls-key: TLS certificate and key cannot be used: .*\/no\/such/),
    expect.stringMatching(/^the key file \/no\/such\.jwk cannot be used/),
    expect.stringMatching(/"nowhere" is no OTLP endpoint/),
  ]);
});

test("variables that are none, and values that cannot be, are told at once", async () => {
  expect(await problems(["--max-sessions", "0", "--log-level", "loud"], { MOQSCOPE_RELAY_LISTEM: "1", MOQSCOPE_RELAY_NODE: "n" })).toEqual([
    "unknown environment variable MOQSCOPE_RELAY_LISTEM; did you mean MOQSCOPE_RELAY_LISTEN?",
    "--max-sessions: 0 is below 1",
    expect.stringMatching(/^--log-level: "loud" is none of/),
  ]);
});

test("variables of the pages and of dev, which may stand in the same environment, are no mistake", async () => {
  const env = { MOQSCOPE_RELAY_URL: "http://localhost:4443", MOQSCOPE_RELAY_PORT: "4443", MOQSCOPE_RELAY_ADMIN_PORT: "4444" };
  expect(await problems([], env)).toEqual([]);
});

test("defaults, and the origins that browsers send, are right", async () => {
  expect(await problems([])).toEqual([]);
  expect(await problems(["--allow-origin", "https://Watch.example/", "--allow-origin", "http://[::1]:5173"])).toEqual([]);
});

test("what --print-config says can be read again and says the same", () => {
  const before = settings(["--max-sessions", "9", "--tls-generate", "a", "--tls-generate", "b", "--listen", "127.0.0.1:5"]);
  const text = tomlText(before.values, { table, sources: before.sources, sections });
  expect(text).toMatch(/^listen = "127\.0\.0\.1:5" # --listen$/m);
  expect(text).toMatch(/^\[limits\]\n(?:.*\n)*max-sessions = 9 # --max-sessions$/m);
});

test("workers share memory, and have other limits each", () => {
  const of = (workers: string): unknown =>
    limitsOf(settings(["--workers", workers, "--memory-limit", "4GiB", "--cache-capacity", "1GiB"]).values);
  expect(of("1")).toMatchObject({ memoryLimitBytes: 4 * 2 ** 30, cacheBytes: 2 ** 30, maxSessions: 10_000 });
  expect(of("4")).toMatchObject({ memoryLimitBytes: 2 ** 30, cacheBytes: 2 ** 28, maxSessions: 10_000 });
});
