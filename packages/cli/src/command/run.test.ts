import { fileURLToPath } from "node:url";
import { otelHelp } from "@moqscope/telemetry/node";
import { expect, it } from "vitest";
import { run } from "./run.ts";

async function moqscope(...argv: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(argv, {
    env: {},
    stdout: { write: (text) => void out.push(text) },
    stderr: { write: (text) => void err.push(text) },
    signal: AbortSignal.timeout(5000),
  });
  return { code, out: out.join(""), err: err.join("") };
}

it("tells its commands, their options and its version", async () => {
  expect(await moqscope("--help")).toMatchObject({ code: 0, out: expect.stringContaining("pub FILE") });
  expect(await moqscope()).toMatchObject({ code: 0, out: expect.stringContaining("Usage: moqscope <command>") });
  expect(await moqscope("pub", "--help")).toMatchObject({ code: 0, out: expect.stringContaining("--connect-timeout") });
  for (const command of ["pub", "sub"]) {
    const { out } = await moqscope(command, "--help");
    for (const [names] of otelHelp) expect(out).toContain(names);
  }
  expect(await moqscope("sub", "--help")).toMatchObject({ code: 0, out: expect.stringContaining("--rendition") });
  expect((await moqscope("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});
it.each([
  [["pubb", "sample"], 2, 'moqscope: unknown command "pubb"; did you mean pub?\n'],
  [["x"], 2, 'moqscope: unknown command "x"; there are pub and sub\n'],
  [["pub", "sample", "--lop"], 2, "moqscope: unknown option --lop; did you mean --loop?\n"],
  [["pub"], 2, "moqscope: an argument is missing; usage: moqscope pub FILE [options]\n"],
  [["pub", "sample", "--url", "nowhere"], 2, 'moqscope: "nowhere" is no address of a relay: such as http://localhost:4443\n'],
  [["sub", "--url", "ftp://x"], 2, 'moqscope: "ftp://x" is no address of a relay: such as http://localhost:4443\n'],
  [["pub", "nothing.mp4"], 1, 'moqscope: no file "nothing.mp4"\n'],
])("answers %j with code %i and one line", async (argv, code, err) => {
  expect(await moqscope(...argv)).toEqual({ code, out: "", err });
});
it("says that a file is no media, and that no relay answers", async () => {
  const text = fileURLToPath(new URL("run.ts", import.meta.url));
  expect(await moqscope("pub", text)).toEqual({ code: 1, out: "", err: `moqscope: "${text}" is neither an MP4 nor a WebM file\n` });
  for (const command of [["pub", "sample"], ["sub"]]) {
    const { code, err } = await moqscope(...command, "--url", "http://127.0.0.1:1", "--connect-timeout", "2s");
    expect(code).toBe(1);
    expect(err).toMatch(/^moqscope: no relay at http:\/\/127\.0\.0\.1:1 within 2 s: cannot connect: .*ECONNREFUSED.*\n$/);
  }
});
