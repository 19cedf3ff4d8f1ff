import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { generateKey, signToken } from "@moqscope/token";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePorts, killAll, ready, run } from "./testing/main-process.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moqscope-relay-auth-"));
});
afterEach(() => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});
const path = (name: string): string => join(folder, name);
describe("moqscope-relay --auth-key", { timeout: 60_000 }, () => {
  test("takes tokens of its key, another key after SIGHUP, and keeps the old one where the file is unusable", async () => {
    const [first, second] = [await generateKey("ES256", "first"), await generateKey("ES256", "second")];
    const file = path("key.jwk");
    writeFileSync(file, JSON.stringify(first.toPublicJwk()));
    const started = run(...freePorts, "--webtransport", "off", "--auth-key", file, "--auth-public-subscribe", "lobby");
    const { url, message } = await ready(started);
    expect(message).toBe("Ready");
    const tokens = { first: await signToken(first, { get: "" }), second: await signToken(second, { get: "" }) };
    const enter = async (target: string): Promise<string> => {
      try {
        (await connect(`${url}/${target}`, { webSocket: nodeWebSocket })).close();
        return "in";
      } catch (error) {
        return String((error as { code?: string }).code);
      }
    };
    expect(await enter("lobby")).toBe("in");
    expect(await enter("demo")).toBe("unauthorized");
    expect(await enter(`demo?jwt=${tokens.first}`)).toBe("in");
    expect(await enter(`demo?jwt=${tokens.second}`)).toBe("unauthorized");
    writeFileSync(file, "{");
    started.child.kill("SIGHUP");
    await expect.poll(() => started.stderr, { timeout: 5_000 }).toContain(`the key file ${file} cannot be used`);
    expect(await enter(`demo?jwt=${tokens.first}`)).toBe("in");
    writeFileSync(file, JSON.stringify(second.toPublicJwk()));
    started.child.kill("SIGHUP");
    await expect.poll(() => enter(`demo?jwt=${tokens.second}`), { timeout: 5_000 }).toBe("in");
    expect(await enter(`demo?jwt=${tokens.first}`)).toBe("unauthorized");
    expect(started.stderr).not.toContain(tokens.first);
  });

  test("refuses at the start a key that cannot be used, in one line", async () => {
    writeFileSync(path("bad.jwk"), "nonsense");
    const bad = run(...freePorts, "--auth-key", path("bad.jwk"));
    expect(await bad.exited).toBe(1);
    expect(bad.stderr).toMatch(/^moqscope-relay: the key file .*bad\.jwk cannot be used: .*\n$/);
  });

  test("issues tokens as `moqscope-relay token`", async () => {
    const made = run("token", "generate", "--algorithm", "HS256", "--kid", "k1");
    expect(await made.exited).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ kty: "oct", kid: "k1" });
  });
});
