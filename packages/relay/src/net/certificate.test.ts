import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { loadCertificate } from "./certificate.ts";

test("a generated certificate is EC P-256, names what was asked and lives at most 14 days", async () => {
  const nowMs = Date.UTC(2026, 10, 22);
  const made = await loadCertificate({ generate: ["localhost", "127.0.0.1"] }, nowMs);
  const parsed = new X509Certificate(made.cert);
  expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  expect(parsed.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
  const lifeMs = Date.parse(parsed.validTo) - Date.parse(parsed.validFrom);
  expect(lifeMs).toBeGreaterThan(13 * 86_400_000);
  expect(lifeMs).toBeLessThanOrEqual(14 * 86_400_000);
  expect(Date.parse(parsed.validFrom)).toBeLessThan(nowMs);
  expect(made.notAfterMs).toBe(Date.parse(parsed.validTo));
  expect(made.sha256).toBe(parsed.fingerprint256.replaceAll(":", "").toLowerCase());
});

test("a key that does not belong to the certificate is refused with a reason", async () => {
  const [one, two] = await Promise.all([loadCertificate({ generate: ["a.example"] }), loadCertificate({ generate: ["b.example"] })]);
  await expect(loadCertificate({ cert: one.cert, key: two.key })).rejects.toMatchObject({
    name: "RelayError",
    code: "certificate_invalid",
  });
  await expect(loadCertificate({ cert: "no pem", key: one.key })).rejects.toThrow(/cannot be used/);
});
