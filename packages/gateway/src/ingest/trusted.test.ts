import { describe, expect, test } from "vitest";
import { TestGateway } from "../testing/gateway.ts";

const allowed = "https://app.example";
/** Any request that a page makes of the trusted listener. */
function ask(at: TestGateway, origin: string, method: string): Promise<Response> {
  const body = method === "POST" ? { body: '{"resourceSpans":[]}' } : {};
  return fetch(`${at.gateway.otlpUrl}/v1/traces`, { method, headers: { origin, "content-type": "application/json" }, ...body });
}

describe("pages at the trusted listener", () => {
  test("those of a named origin may export: preflight, then the request", async () => {
    await using at = await TestGateway.start({ otlpAllowOrigins: [`${allowed}/`] });
    const preflight = await ask(at, allowed, "OPTIONS");
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(allowed);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("content-type, content-encoding, authorization");
    expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, POST");
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    const taken = await ask(at, allowed, "POST");
    expect(taken.status).toBe(200);
    expect(taken.headers.get("access-control-allow-origin")).toBe(allowed);
    expect(taken.headers.get("vary")).toBe("origin");
  });

  test.each(["http://localhost:5173", "http://127.0.0.1:8080", "https://watch.example", "https://app.example.evil", "null"])(
    "those of %s are strangers, also where they may report to the public ingest",
    async (origin) => {
      await using at = await TestGateway.start({ allowOrigins: ["https://watch.example"], otlpAllowOrigins: [allowed] });
      for (const method of ["OPTIONS", "POST"]) {
        const refused = await ask(at, origin, method);
        expect(refused.status).toBe(403);
        expect(refused.headers.get("access-control-allow-origin")).toBeNull();
        expect(await refused.text()).toContain("--otlp-allow-origin");
      }
      at.clock.advance(1000);
      expect((await at.metrics("name=moq.gateway.rejected")).metrics).toMatchObject([
        { value: 2, attributes: { signal: "traces", reason: "origin" } },
      ]);
    },
  );

  test("what comes from no page needs no origin", async () => {
    await using at = await TestGateway.start();
    expect((await at.export({ resourceSpans: [] }, "traces")).status).toBe(200);
  });
});
