import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { GatewayError } from "../error.ts";
import { type TelemetryClaims, TelemetryTokens } from "./telemetry-token.ts";

const secret = Buffer.from("0123456789abcdef0123456789abcdef");
const claims: TelemetryClaims = { sid: "0123456789abcdef", broadcast: "demo/room", role: "player", country: "AT" };
const nowMs = 1_700_000_000_000;
const at = (ms: number, key: Uint8Array = secret): TelemetryTokens => new TelemetryTokens(key, 600_000, () => ms);
/** A token as another signer with the same secret writes it. */
const foreign = (payload: Record<string, unknown>, header: Record<string, unknown> = { typ: "JWT" }): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: "HS256", ...header }).sign(secret);

describe("telemetry tokens", () => {
  test("say for ten minutes what they were issued for", () => {
    const { token, expiresIn } = at(nowMs).issue(claims);
    expect(expiresIn).toBe(600);
    expect(at(nowMs + 599_999).verify(token)).toEqual(claims);
    expect(at(nowMs + 600_000).verify(token)).toBe("expired");
  });

  test("end with what they were given for", () => {
    const { token, expiresIn } = at(nowMs).issue(claims, nowMs + 30_000);
    expect(expiresIn).toBe(30);
    expect(at(nowMs + 30_000).verify(token)).toBe("expired");
  });

  test("are taken by every gateway with the secret, and by no other", () => {
    const { token } = at(nowMs).issue(claims);
    expect(at(nowMs, Buffer.from(secret)).verify(token)).toEqual(claims);
    expect(at(nowMs, Buffer.alloc(32, 1)).verify(token)).toBe("invalid");
    expect(() => at(nowMs, Buffer.alloc(31))).toThrow(GatewayError);
  });

  test("are JWTs that another library writes too", async () => {
    const exp = nowMs / 1000 + 60;
    expect(at(nowMs).verify(await foreign({ ...claims, exp, aud: "telemetry" }))).toEqual(claims);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["without audience", { aud: undefined }, "wrong_audience"],
    ["for another audience", { aud: "media" }, "wrong_audience"],
    ["without an end", { exp: undefined }, "invalid"],
    ["with an end that is a text", { exp: "never" }, "invalid"],
    ["of a session that is none", { sid: "../" }, "invalid"],
    ["without broadcast", { broadcast: undefined }, "invalid"],
    ["of another role", { role: "admin" }, "invalid"],
  ])("%s are not taken", async (_, change, fault) => {
    const payload = Object.fromEntries(
      Object.entries({ ...claims, exp: nowMs / 1000 + 60, aud: "telemetry", ...change }).filter(([, value]) => value !== undefined),
    );
    const token = `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url")}.${Buffer.from(JSON.stringify(payload)).toString("base64url")}`;
    const { createHmac } = await import("node:crypto");
    expect(at(nowMs).verify(`${token}.${createHmac("sha256", secret).update(token).digest("base64url")}`)).toBe(fault);
  });

  test("with another header, cut, changed or not signed are not taken", async () => {
    const { token } = at(nowMs).issue(claims);
    const [, payload = "", signature = ""] = token.split(".");
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
    const other = await foreign({ ...claims, exp: nowMs / 1000 + 60, aud: "telemetry" }, { kid: "x" });
    for (const bad of [
      "",
      "a",
      token.slice(0, -1),
      `${token}x`,
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      other,
      "x".repeat(9_000),
    ])
      expect(at(nowMs).verify(bad)).toBe("invalid");
    for (let place = 0; place < token.length - 1; place++) {
      if (token[place] === ".") continue;
      const changed = token.slice(0, place) + (token[place] === "A" ? "B" : "A") + token.slice(place + 1);
      expect(at(nowMs).verify(changed)).toBe("invalid");
    }
  });
});
