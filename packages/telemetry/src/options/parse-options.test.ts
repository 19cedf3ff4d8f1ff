import { describe, expect, expectTypeOf, test } from "vitest";
import { describeOptions, type ListenAddress, type OptionTable, parseOptions } from "./index.ts";

const table = {
  listen: { flag: "--listen", env: "X_LISTEN", type: "listen", default: "[::]:4443", description: "Public listener" },
  endpoint: { flag: "--otlp-endpoint", env: ["X_OTLP", "OTEL_EXPORTER_OTLP_ENDPOINT"], type: "string", description: "OTLP base" },
  interval: { flag: "--report-interval", type: "duration", default: "10s", description: "Time between reports" },
  peers: { flag: "--peer", env: "X_PEERS", type: "strings", description: "Other relays" },
  limit: { flag: "--limit", type: "number", default: 100, min: 1, max: 200, description: "Broadcasts" },
  level: { flag: "--log-level", type: "string", choices: ["error", "info"], default: "info", description: "Least level" },
  loop: { flag: "--loop", type: "boolean", description: "Start again at the end" },
  key: { flag: "--key", type: "string", secret: true, description: "Signing key" },
} as const satisfies OptionTable;

const files: Record<string, string> = {
  "a.json": '{"limit": 7, "peer": ["x", "y"], "loop": true, "listen": 5000}',
  "typo.json": '{"limt": 7}',
  "bad.json": "{",
  "array.json": "[]",
  "type.json": '{"limit": {}}',
};
function run(argv: string[], env: Record<string, string> = {}) {
  const readFile = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  };
  return parseOptions({ name: "x", summary: "does x", table, argv, env, positionals: { min: 0, max: 1 }, readFile });
}
function values(argv: string[], env: Record<string, string> = {}) {
  const parsed = run(argv, env);
  if (parsed.kind !== "run") throw new Error(parsed.kind);
  return parsed.values;
}

describe("parseOptions", () => {
  test("gives defaults, typed, when nothing is said", () => {
    const found = values([]);
    expect(found).toEqual({
      listen: { host: "::", port: 4443 },
      endpoint: undefined,
      interval: 10_000,
      peers: [],
      limit: 100,
      level: "info",
      loop: false,
      key: undefined,
    });
    expectTypeOf(found.listen).toEqualTypeOf<ListenAddress>();
    expectTypeOf(found.endpoint).toEqualTypeOf<string | undefined>();
    expectTypeOf(found.level).toEqualTypeOf<"error" | "info">();
    expectTypeOf(found.loop).toEqualTypeOf<boolean>();
  });

  test("takes flag before environment before file before default", () => {
    expect(values(["--config", "a.json"])).toMatchObject({
      limit: 7,
      peers: ["x", "y"],
      loop: true,
      listen: { host: "127.0.0.1", port: 5000 },
    });
    expect(values(["--config=a.json"], { X_LISTEN: "6000" }).listen.port).toBe(6000);
    expect(values(["--config", "a.json", "--listen", "0.0.0.0:7000"], { X_LISTEN: "6000" }).listen).toEqual({
      host: "0.0.0.0",
      port: 7000,
    });
    expect(values([], { OTEL_EXPORTER_OTLP_ENDPOINT: "http://b", X_OTLP: "" }).endpoint).toBe("http://b");
    expect(values([], { OTEL_EXPORTER_OTLP_ENDPOINT: "http://b", X_OTLP: "http://a" }).endpoint).toBe("http://a");
  });

  test("repeats strings, splits them in the environment, negates booleans", () => {
    expect(values(["--peer", "a", "--peer=b"]).peers).toEqual(["a", "b"]);
    expect(values([], { X_PEERS: "a, b," }).peers).toEqual(["a", "b"]);
    expect(values(["--config", "a.json", "--no-loop"]).loop).toBe(false);
    expect(values(["--report-interval", "250ms"]).interval).toBe(250);
  });

  test("keeps positionals, also behind --", () => {
    expect(run(["file.webm", "--loop"])).toMatchObject({ positionals: ["file.webm"] });
    expect(run(["--", "--help"])).toMatchObject({ positionals: ["--help"] });
  });

  test.each([
    [["--lisen", "1"], "unknown option --lisen; did you mean --listen?"],
    [["--otlp", "1"], "unknown option --otlp; did you mean --otlp-endpoint?"],
    [["--zzzzzz"], "unknown option --zzzzzz"],
    [["--listen"], "--listen needs a value"],
    [["--listen", "--loop"], "--listen needs a value"],
    [["--listen", "host:99999"], '--listen: "host:99999" is no listen address: a port, host:port or [v6]:port'],
    [["--limit", "x"], '--limit: "x" is no number'],
    [["--limit", "201"], "--limit: 201 is above 200"],
    [["--log-level", "loud"], '--log-level: "loud" is none of error, info'],
    [["--report-interval", "soon"], '--report-interval: "soon" is no duration: such as 500ms, 10s, 2m or 1h'],
    [["a", "b"], 'unexpected argument "b"; usage: x [options]'],
    [["--config", "typo.json"], 'typo.json:1:2: unknown key "limt"; did you mean "limit"?'],
    [["--config", "gone.json"], "gone.json: no such file"],
    [["--config", "array.json"], 'array.json: a JSON object is expected, such as {"log-level": "debug"}'],
    [["--config", "type.json"], 'type.json:1:2: "limit" has a value of the wrong type'],
  ])("%j is one clear line", (argv, message) => {
    expect(() => run(argv)).toThrow(expect.objectContaining({ name: "OptionError", message }));
    expect(message).not.toContain("\n");
  });

  test("a file that is no JSON is named", () => {
    expect(() => run(["--config", "bad.json"])).toThrow(/^bad\.json: /);
  });

  test.each([
    ["unknown_option", ["--nope"]],
    ["invalid_value", ["--limit", "x"]],
    ["unexpected_argument", ["a", "b"]],
    ["config_file", ["--config", "gone.json"]],
  ])("the code %s stays the same for %j", (code, argv) => {
    expect(() => run(argv)).toThrow(expect.objectContaining({ code }));
  });

  test("a value from the environment is told with its variable", () => {
    expect(() => values([], { X_LISTEN: "nowhere" })).toThrow(/^X_LISTEN: "nowhere"/);
  });

  test("a required option names flag and variable", () => {
    const required = {
      url: { flag: "--url", env: "X_URL", type: "string", required: true, description: "Relay" },
    } as const satisfies OptionTable;
    expect(() => parseOptions({ name: "x", summary: "s", table: required, argv: [], env: {} })).toThrow(
      "--url or X_URL is required: Relay",
    );
  });

  test("a missing argument shows the usage", () => {
    const parse = () =>
      parseOptions({ name: "x", summary: "s", usage: "x FILE", table: {}, argv: [], env: {}, positionals: { min: 1, max: 1 } });
    expect(parse).toThrow("an argument is missing; usage: x FILE");
  });

  test("a secret's value is in no message and no description", () => {
    const secret = { key: { flag: "--key", type: "number", secret: true, description: "Key" } } as const satisfies OptionTable;
    expect(() => parseOptions({ name: "x", summary: "s", table: secret, argv: ["--key", "hunter2"], env: {} })).toThrow(
      /^--key: the value cannot/,
    );
    expect(describeOptions(values(["--key", "hunter2"]), table)).toBe(
      "listen=[::]:4443 report-interval=10s limit=100 log-level=info loop=false key=(hidden)",
    );
  });

  test("help names variables that belong to no option, in the same width", () => {
    const environment = [["OTEL_LONG_NAME_OF_A_VARIABLE_THAT_FILLS_A_LINE", "word ".repeat(30)]] as const;
    const help = parseOptions({ name: "x", summary: "does x", table, argv: ["-h"], env: {}, environment });
    const text = help.kind === "help" ? help.text : "";
    expect(text).toContain("\nEnvironment (an option wins over it):\n  OTEL_LONG_NAME_OF_A_VARIABLE_THAT_FILLS_A_LINE\n    ");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test("help wins over every mistake, is aligned and at most 100 columns wide", () => {
    const help = run(["--nonsense", "--help"]);
    const text = help.kind === "help" ? help.text : "";
    expect(text).toContain("x: does x.\n\nUsage: x [options]\n\nOptions:\n");
    expect(text).toContain("[X_OTLP, OTEL_EXPORTER_OTLP_ENDPOINT]");
    const columns = text
      .split("\n")
      .filter((line) => line.startsWith("  --"))
      .map((line) => /^ {2}--\S+(?: <\S+)? +/.exec(line)?.[0].length);
    expect(new Set(columns).size).toBe(1);
    expect(columns.length).toBe(11);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(run(["-h"]).kind).toBe("help");
    expect(run(["--version"]).kind).toBe("version");
  });
});
