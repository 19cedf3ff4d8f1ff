import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@moqscope/lite/testing";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Certificate, loadCertificate, type TlsOptions } from "./certificate.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const beginMs = Date.UTC(2026, 10, 22);
const folder = mkdtempSync(join(tmpdir(), "moqscope-certificate-"));
const keepers: CertificateKeeper[] = [];
afterEach(() => {
  for (const keeper of keepers.splice(0)) keeper.stop();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function keep(tls: TlsOptions) {
  const clock = new FakeClock();
  const wall = { ms: beginMs };
  const replaced: string[] = [];
  const refused: string[] = [];
  const served: string[] = [];
  const keeper = await CertificateKeeper.start(tls, {
    clock,
    wallMs: () => wall.ms,
    onReplaced: ({ sha256 }) => void replaced.push(sha256),
    onRefused: ({ message }) => void refused.push(message),
  });
  keepers.push(keeper);
  keeper.serve(({ sha256 }: Certificate) => void served.push(sha256));
  return { clock, wall, keeper, replaced, refused, served };
}

test("a generated certificate is replaced before its last two days, though the machine slept through the day", async () => {
  const { clock, wall, keeper, replaced, served } = await keep({ generate: ["localhost"] });
  const first = keeper.current;
  wall.ms += 11 * dayMs;
  await clock.advance(hourMs);
  expect(keeper.current).toBe(first);
  wall.ms += 1.5 * dayMs;
  await clock.advance(hourMs);
  await expect.poll(() => replaced.length).toBe(1);
  expect([keeper.current.sha256, ...served]).toEqual([replaced[0], replaced[0]]);
  expect(keeper.current.sha256).not.toBe(first.sha256);
  expect(keeper.current.notAfterMs).toBeGreaterThan(wall.ms + 12 * dayMs);
  expect(keeper.current.notAfterMs - wall.ms).toBeLessThanOrEqual(14 * dayMs);
});

test("one given by file is read again when asked; an unreadable, foreign, expired or later one is refused and the old one stays", async () => {
  const [good, other, next] = await Promise.all(
    ["a.example", "b.example", "c.example"].map((name) => loadCertificate({ generate: [name] }, beginMs)),
  );
  const [past, future] = await Promise.all([-20 * dayMs, 3 * dayMs].map((ms) => loadCertificateThen(beginMs + ms)));
  if (!good || !other || !next || !past || !future) throw new Error("certificates are made");
  const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  const write = (cert: string, key: string): void => {
    writeFileSync(files.certFile, cert);
    writeFileSync(files.keyFile, key);
  };
  write(good.cert, good.key);
  const { keeper, refused, replaced, served } = await keep(files);
  const refusals: [string, string, RegExp][] = [
    [good.cert, other.key, /key values mismatch/],
    ["no PEM", good.key, /cannot be used/],
    [past.cert, past.key, /CN=then\.example expired on/],
    [future.cert, future.key, /CN=then\.example is not valid before/],
  ];
  for (const [cert, key, reason] of refusals) {
    write(cert, key);
    await expect(keeper.replace(files)).rejects.toMatchObject({ code: "certificate_invalid", message: expect.stringMatching(reason) });
  }
  await expect(keeper.replace({ ...files, certFile: join(folder, "absent.pem") })).rejects.toThrow(/absent\.pem/);
  expect(refused).toHaveLength(5);
  expect([keeper.current.sha256, served, replaced]).toEqual([good.sha256, [], []]);
  write(next.cert, next.key);
  await keeper.replace(files);
  expect([keeper.current.sha256, served, replaced]).toEqual([next.sha256, [next.sha256], [next.sha256]]);
});

test("what one listener cannot serve, no listener serves", async () => {
  const { keeper, refused, served } = await keep({ generate: ["localhost"] });
  const { sha256 } = keeper.current;
  keeper.serve(() => {
    throw new Error("this key is none of mine");
  });
  await expect(keeper.replace({ generate: ["localhost"] })).rejects.toMatchObject({ code: "certificate_invalid" });
  expect([keeper.current.sha256, served, refused]).toEqual([sha256, [], ["this key is none of mine"]]);
});

function loadCertificateThen(ms: number): Promise<Certificate> {
  return loadCertificate({ generate: ["then.example"] }, ms);
}
