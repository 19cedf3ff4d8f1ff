import { describe, expect, test } from "vitest";
import { settle } from "../fixtures/fake-clock.ts";
import { fakePage, type Sent } from "../fixtures/fake-page.ts";

const broadcast = "room/alice.hang";
const posts = (requests: readonly Sent[], path: string): Sent[] => requests.filter((request) => request.path === path);
const bearer = ({ headers }: Sent): string | null => headers.get("authorization");

/** A JWT that lives for so long. Nothing here verifies it. */
function jwt(lifeSeconds: number, name: string): string {
  return `${btoa("{}")}.${btoa(JSON.stringify({ iat: 1_000_000, exp: 1_000_000 + lifeSeconds, sid: name }))}.${name}`;
}

describe("the token of reports", () => {
  test("a text is sent as it is, with reports, spans and events, also as the page leaves", async () => {
    const { recorder, requests, page, clock } = fakePage(undefined, { token: "t1" });
    await clock.advance(10_000);
    recorder.span("moq.connect").end();
    recorder.event("info", "moq.player.state", {});
    page()?.leave(false);
    await settle();
    const sent = requests.filter(({ path }) => path !== "/v1/time");
    expect(sent.map(({ path }) => path)).toEqual(["/v1/metrics", "/v1/metrics", "/v1/traces", "/v1/logs"]);
    expect(sent.map(bearer)).toEqual(Array.from({ length: 4 }, () => "Bearer t1"));
    expect(requests.filter(({ path }) => path === "/v1/time").map(bearer)).toEqual([null]);
  });

  test("the session's MoQ JWT is exchanged before the first report, and again when 80 % of the token's life is over", async () => {
    let given = 0;
    const { requests, clock, telemetry } = fakePage(
      ({ path }) => (path === "/v1/token" ? { body: JSON.stringify({ token: `t${++given}`, expires_in: 100 }) } : {}),
      { token: { broadcast, jwt: "moq" } },
    );
    await clock.advance(10_000);
    const [exchange] = posts(requests, "/v1/token");
    expect(exchange && bearer(exchange)).toBe("Bearer moq");
    expect(exchange?.headers.get("moq-session")).toBe(telemetry.sessionId);
    expect(JSON.parse(exchange?.body ?? "")).toEqual({ sid: telemetry.sessionId, broadcast, role: "player" });
    await clock.advance(80_000);
    expect(posts(requests, "/v1/metrics").map(bearer)).toEqual([...Array.from({ length: 7 }, () => "Bearer t1"), "Bearer t2", "Bearer t2"]);
    expect(posts(requests, "/v1/token")).toHaveLength(2);
  });

  test("below a public prefix there is no JWT, and a publisher says that it is one", async () => {
    const { requests, clock } = fakePage(({ path }) => (path === "/v1/token" ? { body: '{"token":"t","expires_in":600}' } : {}), {
      token: { broadcast, role: "publisher" },
    });
    await clock.advance(10_000);
    const [exchange] = posts(requests, "/v1/token");
    expect(exchange && bearer(exchange)).toBeNull();
    expect(JSON.parse(exchange?.body ?? "")).toMatchObject({ role: "publisher" });
  });

  test("after 401 the body is not sent again: a new token is got and the next report goes out at once, nothing lost", async () => {
    let valid = "t1";
    let given = 0;
    const { recorder, requests, reports, clock } = fakePage(
      (request) => {
        if (request.path === "/v1/token") return { body: JSON.stringify({ token: `t${++given}`, expires_in: 600 }) };
        return request.path === "/v1/time" || bearer(request) === `Bearer ${valid}` ? {} : { status: 401 };
      },
      { token: { broadcast, jwt: "moq" } },
    );
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(3);
    await clock.advance(10_000);
    valid = "t2";
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(4);
    await clock.advance(10_000);
    expect(posts(requests, "/v1/metrics").map(bearer)).toEqual(["Bearer t1", "Bearer t1", "Bearer t2"]);
    expect(reports().map(({ sequence, acked }) => [sequence, acked])).toEqual([
      [1, 0],
      [2, 1],
      [3, 1],
    ]);
    expect(reports()[2]?.metrics).toMatchObject([{ sum: { dataPoints: [{ asDouble: 7 }] } }]);
  });

  test("the closing report of a session whose token has expired is sent with a new one", async () => {
    let given = 0;
    const { requests, reports, telemetry } = fakePage(
      (request) => {
        if (request.path === "/v1/token") return { body: JSON.stringify({ token: `t${++given}`, expires_in: 600 }) };
        return request.path === "/v1/time" || bearer(request) === "Bearer t2" ? {} : { status: 401 };
      },
      { token: { broadcast } },
    );
    await settle();
    await telemetry.close();
    expect(reports().map(({ final }) => final)).toEqual([true, true]);
    expect(posts(requests, "/v1/metrics").map(bearer)).toEqual(["Bearer t1", "Bearer t2"]);
  });

  test("a function is asked again when its JWT grows old, and one that throws is asked again by the next report", async () => {
    let asked = 0;
    const token = (): Promise<string> => {
      asked++;
      return asked === 1 ? Promise.reject(new Error("offline")) : Promise.resolve(jwt(100, `n${asked}`));
    };
    const { requests, clock } = fakePage(undefined, { token });
    await clock.advance(10_000);
    expect(asked).toBe(2);
    expect(posts(requests, "/v1/metrics").map(bearer)).toEqual([`Bearer ${jwt(100, "n2")}`]);
    await clock.advance(70_000);
    expect(asked).toBe(2);
    await clock.advance(20_000);
    expect(asked).toBe(3);
  });

  test("a refused MoQ JWT is told once; the recorder goes on and five refusals switch off for 60 s", async () => {
    const told: string[] = [];
    const { requests, clock, recorder } = fakePage(({ path }) => (path === "/v1/token" ? { status: 403 } : {}), {
      token: { broadcast, jwt: "bad" },
      onError: ({ code, message }) => told.push(`${code}: ${message}`),
    });
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(1);
    await clock.advance(60_000);
    expect(told).toEqual(["token_refused: http://127.0.0.1:4319/v1/token answered 403 to the session's MoQ JWT"]);
    expect(posts(requests, "/v1/metrics")).toEqual([]);
    expect(posts(requests, "/v1/token")).toHaveLength(6);
    await clock.advance(49_000);
    expect(posts(requests, "/v1/token")).toHaveLength(6);
  });

  test.each([204, 404])("an ingest that answers /v1/token with %i takes reports without a token", async (status) => {
    const { requests, clock } = fakePage(({ path }) => (path === "/v1/token" ? { status } : {}), { token: { broadcast, jwt: "moq" } });
    await clock.advance(20_000);
    expect(posts(requests, "/v1/token")).toHaveLength(1);
    expect(posts(requests, "/v1/metrics").map(bearer)).toEqual([null, null]);
  });

  test("the gateway's id comes with the token, so that the first report needs no resync", async () => {
    const { requests, clock } = fakePage(
      ({ path }) =>
        path === "/v1/time"
          ? "dead"
          : { headers: { "moq-gateway": "g7" }, ...(path === "/v1/token" ? { body: '{"token":"t","expires_in":600}' } : {}) },
      { token: { broadcast } },
    );
    await clock.advance(10_000);
    expect(posts(requests, "/v1/metrics")[0]?.headers.get("moq-gateway")).toBe("g7");
  });
});
