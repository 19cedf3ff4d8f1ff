import { createHmac } from "node:crypto";
import { generateKey, type Key, signToken } from "@moqscope/token";
import fc from "fast-check";
import { expect, test } from "vitest";
import { line } from "./testing/cmcd.ts";
import { fuzzRuns, fuzzTimeoutMs, tellRun } from "./testing/fuzz-runs.ts";
import { playerResource, request, sum } from "./testing/otlp-json.ts";
import { RawClient } from "./testing/raw-post.ts";
import { TokenGateway } from "./testing/tokens.ts";

const marker = "HOSTILE";
const sid = "an-honest-session-0001";
/** A signature costs a millisecond: the fuzz of tokens has a tenth of the bodies. */
const runs = Math.ceil(fuzzRuns / 10);
/** Time enough between two requests that none is refused for the pace of all. */
const apartMs = 1;

const segments = fc.array(fc.constantFrom("demo", "room", "demonstration", "x"), { maxLength: 3 }).map((parts) => parts.join("/"));
/** Mostly what is right, so that it is one thing that is wrong. */
const mostly = <T, U>(right: T, wrong: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: wrong });
const grant = fc.oneof(fc.constantFrom("", "", "room"), segments, fc.constant(undefined));
const jwtCase = fc.record({
  root: fc.constantFrom("", "demo", "demo", "demo/room", "other"),
  get: grant,
  put: grant,
  expiresIn: mostly<number | undefined, number>(undefined, fc.constantFrom(-3_600, -1, 30, 3_600)),
  signer: mostly("ours", fc.constantFrom("theirs", "nobody")),
  garbage: mostly(undefined, fc.constantFrom("a.b.c", marker, "eyJhbGciOiJub25lIn0.eyJnZXQiOiIifQ.", "x".repeat(9_000))),
  broadcast: mostly("demo/room", fc.oneof(segments, fc.constantFrom("", `demo/${marker}`, "demo\nroom", "x".repeat(300)))),
  role: mostly("player", fc.constantFrom("publisher", marker)),
  sid: mostly(sid, fc.constantFrom("short", `<b>${marker}</b>${sid}`, "x".repeat(65), "x".repeat(64))),
});
type JwtCase = typeof jwtCase extends fc.Arbitrary<infer C> ? C : never;

/** What must be so for a telemetry token, said without the code that decides it. */
function mayHave({ root, get, put, expiresIn = 1 as number, signer, garbage, broadcast, role, sid: asked }: JwtCase): boolean {
  const granted = role === "player" ? get : role === "publisher" ? put : undefined;
  if (granted === undefined || garbage !== undefined || signer !== "ours" || expiresIn <= 0 || !/^[\w-]{16,64}$/.test(asked)) return false;
  if (broadcast.includes("\n") || broadcast.length > 256) return false;
  const within = `${root}/${granted}`.split("/").filter((part) => part !== "");
  const parts = broadcast.split("/").filter((part) => part !== "");
  return within.every((part, at) => parts[at] === part);
}

test(
  `${runs} requests for a token get one exactly where the JWT is ours, alive and covers the broadcast`,
  async () => {
    await using at = await TokenGateway.open();
    const client = new RawClient(at.gateway.ingestUrl);
    const theirs = await generateKey("ES256", "test");
    let issued = 0;
    const jwtOf = ({ root, get, put, expiresIn, signer, garbage }: JwtCase): Promise<string | undefined> => {
      if (garbage !== undefined || signer === "nobody") return Promise.resolve(garbage);
      const key: Key = signer === "ours" ? at.key : theirs;
      const exp = expiresIn === undefined ? {} : { exp: Math.floor(at.clock.wall() / 1000) + expiresIn };
      const grants = { ...(get === undefined ? {} : { get }), ...(put === undefined ? {} : { put }) };
      return signToken(key, { root, ...grants, ...exp }, () => at.clock.wall() - 7_200_000);
    };
    await fc.assert(
      fc.asyncProperty(jwtCase, async (asked) => {
        // who may do nothing is no claim that an issuer signs
        fc.pre(asked.get !== undefined || asked.put !== undefined);
        const jwt = await jwtOf(asked);
        const { status, text } = await client.send({
          path: "/v1/token",
          headers: { "content-type": "application/json", ...(jwt === undefined ? {} : { authorization: `Bearer ${jwt}` }) },
          body: Buffer.from(JSON.stringify({ sid: asked.sid, broadcast: asked.broadcast, role: asked.role })),
        });
        at.clock.advance(apartMs);
        expect(text.includes(marker) && status !== 200, text).toBe(false);
        if (mayHave(asked)) issued++;
        expect(status === 200, `${status} ${text}`).toBe(mayHave(asked));
        if (status !== 200) expect([400, 401], text).toContain(status);
      }),
      { numRuns: runs },
    );
    client.close();
    tellRun("requests for tokens", { runs, issued });
    expect(issued).toBeGreaterThan(0);
  },
  fuzzTimeoutMs,
);

type Fault = "none" | "missing" | "scheme" | "expired" | "audience" | "sid" | "role" | "secret" | "bent" | "cut" | "alg none" | "no claims";
const paths = ["/v1/metrics", "/v1/traces", "/v1/logs", "/v1/cmcd"] as const;
const reportCase = fc.record({
  fault: fc.constantFrom<Fault>(
    "none",
    "missing",
    "scheme",
    "expired",
    "audience",
    "sid",
    "role",
    "secret",
    "bent",
    "cut",
    "alg none",
    "no claims",
  ),
  path: fc.constantFrom(...paths),
  at: fc.nat(),
});
const reasonOf: Partial<Record<Fault, string>> = { missing: "token_missing", scheme: "token_missing", expired: "token_expired" };
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token made by hand, so that it can be wrong in one thing. */
function tokenWith({ fault, at, sid: own }: { fault: Fault; at: number; sid: string }, nowMs: number): string {
  const claims = {
    sid: fault === "sid" ? `another-${own}` : own,
    broadcast: "demo/room",
    role: fault === "role" ? "publisher" : "player",
    exp: Math.floor(nowMs / 1000) + (fault === "expired" ? -1 : 600),
    aud: fault === "audience" ? "relay" : "telemetry",
  };
  const signed = `${base64({ alg: fault === "alg none" ? "none" : "HS256", typ: "JWT" })}.${base64(fault === "no claims" ? [marker] : claims)}`;
  const mac = createHmac("sha256", Buffer.alloc(32, fault === "secret" ? 8 : 7)).update(signed);
  const token = `${signed}.${fault === "alg none" ? "" : mac.digest("base64url")}`;
  if (fault === "cut") return token.slice(0, Math.max(1, at % (token.length - 1)));
  if (fault !== "bent") return token;
  // the last character has bits that say nothing
  const bent = at % (token.length - 1);
  return `${token.slice(0, bent)}${token[bent] === "A" ? "B" : "A"}${token.slice(bent + 1)}`;
}

test(
  `${runs} reports count exactly where their token is whole, alive and their own`,
  async () => {
    await using at = await TokenGateway.open();
    const client = new RawClient(at.gateway.ingestUrl);
    const taken: Record<string, number> = {};
    let sequence = 0;
    await fc.assert(
      fc.asyncProperty(reportCase, async ({ fault, path, at: place }) => {
        // a session each, which none can be too fast for
        const own = `an-honest-session-${sequence++}`;
        const token = tokenWith({ fault, at: place, sid: own }, at.clock.wall());
        const authorization = fault === "missing" ? {} : { authorization: `${fault === "scheme" ? "Basic" : "Bearer"} ${token}` };
        const { status, text } = await client.send({
          path,
          headers: {
            "content-type": path === "/v1/cmcd" ? "application/cmcd" : "application/json",
            "moq-gateway": at.gateway.id,
            ...authorization,
          },
          body: Buffer.from(bodyFor(path, own, at)),
        });
        at.clock.advance(apartMs);
        expect(text.includes(marker), text).toBe(false);
        expect(status, `${fault}: ${text}`).toBe(fault === "none" ? 200 : 401);
        if (status === 200) taken[path] = (taken[path] ?? 0) + 1;
        else expect(text).toContain(reasonOf[fault] ?? "token_");
      }),
      { numRuns: runs },
    );
    client.close();
    tellRun("reports with tokens", { runs, ...taken });
    const reports = await at.counted("moq.gateway.reports", "format");
    expect(reports["cmcd"] ?? 0).toBe(taken["/v1/cmcd"] ?? 0);
    expect(reports["otlp_json"] ?? 0).toBe((taken["/v1/metrics"] ?? 0) + (taken["/v1/traces"] ?? 0) + (taken["/v1/logs"] ?? 0));
    // a viewer heard by CMCD is in `moq.client.country.sessions` too, but has no attempt
    const attempts = await at.counted("moq.client.play_attempts", "outcome");
    expect(attempts["started"] ?? 0).toBe(taken["/v1/metrics"] ?? 0);
  },
  fuzzTimeoutMs,
);

function bodyFor(path: (typeof paths)[number], own: string, at: TokenGateway): string {
  const resource = playerResource({ sessionId: own, sequence: 1, acked: 0 });
  const labels = { outcome: "started", transport: "websocket" };
  const report = request(resource, [sum("moq.client.play_attempts", 1, labels, { startMs: at.bornMs, timeMs: at.clock.now() })]);
  if (path === "/v1/metrics") return JSON.stringify(report);
  if (path === "/v1/cmcd") return line(0, 0, "e=t", own);
  const text = JSON.stringify(report).replace("resourceMetrics", path === "/v1/traces" ? "resourceSpans" : "resourceLogs");
  return text.replace("scopeMetrics", "ignored");
}
