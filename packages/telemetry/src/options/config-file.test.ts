import { describe, expect, test } from "vitest";
import { describeOptions, type OptionError, type OptionTable, type ParsedOptions, parseOptions, tomlText } from "./index.ts";

const table = {
  node: { flag: "--node", env: "X_NODE", type: "string", description: "Name" },
  cert: { flag: "--tls-cert", env: "X_TLS_CERT", type: "string", reload: true, description: "Certificate" },
  names: { flag: "--tls-generate", env: "X_TLS_GENERATE", type: "strings", description: "Names" },
  sessions: { flag: "--max-sessions", env: "X_MAX_SESSIONS", type: "number", default: 10, min: 1, section: "limits", description: "Most" },
  wait: { flag: "--wait", env: "X_WAIT", type: "duration", default: "1s", section: "limits", description: "Wait" },
  listen: { flag: "--listen", env: "X_LISTEN", type: "listen", default: "127.0.0.1:1", description: "Where" },
  peer: { flag: "--peer", env: "X_PEER", type: "string", description: "Another" },
  key: { flag: "--key", env: "X_KEY", type: "string", secret: true, description: "Secret" },
  check: { flag: "--check", type: "boolean", commandLineOnly: true, description: "Check only" },
} as const satisfies OptionTable;
const sections = { tls: "Certificates", limits: "Limits" };
type Run = Extract<ParsedOptions<typeof table>, { kind: "run" }>;

function parse(file: string, text: string, argv: readonly string[] = [], env: Record<string, string> = {}): Run {
  const found = parseOptions({
    name: "x",
    summary: "s",
    table,
    sections,
    envPrefix: "X_",
    argv: ["--config", file, ...argv],
    env,
    readFile: () => text,
  });
  if (found.kind !== "run") throw new Error(found.kind);
  return found;
}
function problems(file: string, text: string, argv: readonly string[] = [], env: Record<string, string> = {}): readonly string[] {
  try {
    parse(file, text, argv, env);
  } catch (error) {
    return (error as OptionError).problems;
  }
  return [];
}

const toml = `# of one machine
node = "n1"
listen = 4000

[tls]
cert = "/etc/relay/cert.pem"
generate = ["a", "b"]

[limits]
max-sessions = 5
wait = "250ms"
`;

describe("a file", () => {
  test.each([
    ["relay.toml", toml],
    [
      "relay.json",
      `{"node":"n1","listen":4000,"tls":{"cert":"/etc/relay/cert.pem","generate":["a","b"]},"limits":{"max-sessions":5,"wait":"250ms"}}`,
    ],
    [
      "flat.TOML",
      `node="n1"\nlisten="127.0.0.1:4000"\ntls-cert="/etc/relay/cert.pem"\ntls.generate=["a","b"]\nmax-sessions=5\nlimits={wait="250ms"}`,
    ],
  ])("in %s says what sections and keys of the table say", (file, text) => {
    expect(parse(file, text).values).toMatchObject({
      node: "n1",
      listen: { host: "127.0.0.1", port: 4000 },
      cert: "/etc/relay/cert.pem",
      names: ["a", "b"],
      sessions: 5,
      wait: 250,
    });
  });

  test("is overruled by variables, and these by flags; each value knows where it came from", () => {
    const { values, sources } = parse("r.toml", toml, ["--node", "n3"], { X_NODE: "n2", X_MAX_SESSIONS: "7" });
    expect(values).toMatchObject({ node: "n3", sessions: 7, wait: 250 });
    expect(sources).toMatchObject({
      node: { from: "flag", where: "--node" },
      sessions: { from: "environment", where: "X_MAX_SESSIONS" },
      wait: { from: "file", where: "r.toml:11:1 (limits.wait)" },
      names: { from: "file", where: "r.toml:7:1 (tls.generate)" },
      peer: { from: "default", where: "default" },
    });
  });

  test("is named by a variable too", () => {
    const options = { name: "x", summary: "s", table, sections, argv: [], readFile: () => "node='n9'" };
    expect(parseOptions({ ...options, envPrefix: "X_", env: { X_CONFIG: "a.toml" } })).toMatchObject({
      values: { node: "n9" },
      configFile: "a.toml",
    });
  });
});

describe("what is wrong", () => {
  test.each([
    ["a.toml", "\n[tls]\ncrt = 1", ['a.toml:3:1: unknown key "tls.crt"; did you mean "tls.cert"?']],
    ["a.toml", "[limit]\nwait = 1", ['a.toml:1:2: unknown section "limit"; did you mean "limits"?']],
    ["a.toml", "[tls]\n  max-sessions = 1", ['a.toml:2:3: unknown key "tls.max-sessions"; did you mean "max-sessions"?']],
    ["a.toml", "nod = 1", ['a.toml:1:1: unknown key "nod"; did you mean "node"?']],
    ["a.toml", "check = true", ['a.toml:1:1: unknown key "check"']],
    ["a.toml", "[limits]\nmax-sessions = 0", ["a.toml:2:1 (limits.max-sessions): 0 is below 1"]],
    ["a.toml", "node = [1]", ['a.toml:1:1: "node" has a value of the wrong type']],
    ["a.toml", "node = 2020-01-01", ['a.toml:1:1: "node" has a value of the wrong type']],
    [
      "a.toml",
      "[tls]\ncert = 'a'\n[limits]\nwait = 1\n[tls-cert]",
      ['a.toml:5:2: "tls-cert" says once more what a.toml:2:1 (tls.cert) says'],
    ],
    ["a.toml", "node = \n", [expect.stringMatching(/^a\.toml:1:\d+: \w/) as string]],
    ["a.toml", "node = 1\nnode = 2", [expect.stringMatching(/^a\.toml:2:\d+: \w/) as string]],
    ["a.json", '{"tls": {\n  "kert": 1}}', ['a.json:2:3: unknown key "tls.kert"; did you mean "tls.cert"?']],
    ["a.json", '{"tls": 1}', ['a.json:1:2: unknown key "tls"; did you mean "tls-cert"?']],
  ])("of %s %j is told with its place", (file, text, expected) => {
    expect(problems(file, text)).toEqual(expected);
  });

  test("is told all at once: flags, variables, file, values", () => {
    const found = problems("a.toml", "nod = 1\n[limits]\nwait = 'soon'", ["--max-session", "1", "--listen", "x"], {
      X_PEERS: "a",
      X_NODE: "n",
    });
    expect(found).toEqual([
      "unknown option --max-session; did you mean --max-sessions?",
      "unknown environment variable X_PEERS; did you mean X_PEER?",
      'a.toml:1:1: unknown key "nod"; did you mean "node"?',
      expect.stringMatching(/^a\.toml:3:1 \(limits\.wait\): "soon" is no duration/),
      expect.stringMatching(/^--listen: "x" is no listen address/),
    ]);
  });

  test("is no variable of a supervisor that names its services so", () => {
    const services = {
      X_SERVICE_HOST: "10.0.0.1",
      X_SERVICE_PORT_PUBLIC: "4443",
      X_PORT: "tcp://10.0.0.1:4443",
      X_PORT_4443_TCP_ADDR: "a",
    };
    expect(problems("a.toml", "", [], services)).toEqual([]);
  });
});

describe("what is in force", () => {
  const secrets = ["--key", "hunter2", "--peer", "https://user:hunter2@b.example/?jwt=hunter2", "--check"];

  test("is told in one line with where it came from, and without secrets", () => {
    const { values, sources } = parse("r.toml", "[limits]\nwait = 2", secrets, { X_NODE: "n" });
    expect(describeOptions(values, table, sources)).toBe(
      "node=n (X_NODE) max-sessions=10 (default) wait=2s (r.toml:2:1 (limits.wait)) listen=127.0.0.1:1 (default) peer=https://b.example/ (--peer) key=(hidden) (--key)",
    );
  });

  test("is a file again, which says the same", () => {
    const before = parse("r.toml", toml, secrets);
    const text = tomlText(before.values, { table, sources: before.sources, sections });
    expect(text).not.toContain("hunter2");
    expect(text).toContain("# key is hidden: --key");
    const { peer: _peer, key: _key, check: _check, ...rest } = before.values;
    expect(parse("again.toml", text).values).toMatchObject(rest);
  });

  test("is grouped in the help as in a file", () => {
    const help = parseOptions({ name: "x", summary: "s", table, sections, argv: ["--help"], env: {} });
    expect(help.kind === "help" ? help.text : "").toMatch(
      /\nOptions:\n {2}--node[^]*\n\nCertificates, \[tls\] of a config file:\n {2}--tls-cert[^]*\n\nLimits, \[limits\] of a config file:\n {2}--max-sessions/,
    );
  });
});
