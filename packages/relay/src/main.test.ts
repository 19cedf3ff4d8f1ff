import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { connect } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { otelHelp } from "@moqscope/telemetry/node";
import { afterEach, expect, test } from "vitest";
import { loadCertificate } from "./net/certificate.ts";
import { freePorts, killAll, ready, run, runIn } from "./testing/main-process.ts";

const servers: Server[] = [];
afterEach(async () => {
  killAll();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

test("it says where it is ready, serves, and ends within 2 s of SIGTERM with a session open", { timeout: 30_000 }, async () => {
  const started = run(...freePorts, "--node", "n1");
  const { url, admin_url: adminUrl, node } = await ready(started);
  expect(node).toBe("n1");
  expect(await (await fetch(`${url}/health`)).text()).toBe("ok\n");
  const session = await connect(url, { webSocket: nodeWebSocket });
  await expect
    .poll(async () => await (await fetch(`${adminUrl}/metrics`)).text())
    .toMatch(/moq_relay_active_connections\{[^}]*peer="client"[^}]*\} 1\n/);
  const sentMs = performance.now();
  started.child.kill("SIGTERM");
  expect(await started.exited).toBe(0);
  expect(performance.now() - sentMs).toBeLessThan(2_000);
  expect(await session.closed).toMatchObject({ clean: true });
});

test("SIGTERM drains with --drain-timeout: not ready, no new sessions, GOAWAY with path and address; a second one ends at once", {
  timeout: 60_000,
}, async () => {
  const started = run(...freePorts, "--webtransport", "off", "--goaway-uri", "https://b.example", "--drain-timeout", "60s");
  const { url, admin_url: adminUrl } = await ready(started);
  const told = Promise.withResolvers<string>();
  const session = await connect(`${url}/room`, { webSocket: nodeWebSocket, onGoaway: told.resolve });
  started.child.kill("SIGTERM");
  expect(await told.promise).toBe("https://b.example/room");
  expect((await fetch(`${adminUrl}/ready`)).status).toBe(503);
  await expect(connect(url, { webSocket: nodeWebSocket })).rejects.toMatchObject({ code: "connect_failed" });
  expect(started.stderr).toMatch(
    /"moq.stopping","signal":"SIGTERM","message":"Stopping on SIGTERM: sessions have 60 s to go to https:\/\/b.example"/,
  );
  started.child.kill("SIGTERM");
  expect(await started.exited).toBe(1);
  expect(await session.closed).toMatchObject({ by: "lost" });
});

test("SIGHUP reads the certificate's files again: one that does not fit is refused and told, the old one is served on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moqscope-relay-"));
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const [first, second] = await Promise.all([loadCertificate({ generate: ["localhost"] }), loadCertificate({ generate: ["localhost"] })]);
  writeFileSync(certFile, first.cert);
  writeFileSync(keyFile, first.key);
  const started = run(...freePorts, "--tls-cert", certFile, "--tls-key", keyFile);
  const { url } = await ready(started);
  const port = Number(new URL(url).port);
  expect(await served(port)).toBe(first.sha256);
  writeFileSync(certFile, second.cert);
  started.child.kill("SIGHUP");
  await expect.poll(() => started.stderr, { timeout: 5_000 }).toMatch(/"moq.error".*The certificate stays as it is: .*key values mismatch/);
  expect(await served(port)).toBe(first.sha256);
  writeFileSync(keyFile, second.key);
  started.child.kill("SIGHUP");
  await expect.poll(() => started.stderr, { timeout: 5_000 }).toMatch(new RegExp(`"moq.certificate".*"certificate":"${second.sha256}"`));
  expect(await served(port)).toBe(second.sha256);
  rmSync(folder, { recursive: true });
});

/** Hex SHA-256 of the certificate that TLS on this port shows. */
function served(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256.replaceAll(":", "").toLowerCase());
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

test("a taken port is one line that names the port, the flag and the variable", { timeout: 30_000 }, async () => {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  const started = run("--listen", `127.0.0.1:${address.port}`, "--admin-listen", "127.0.0.1:0");
  expect(await started.exited).toBe(1);
  expect(started.stderr).toBe(
    `moqscope-relay: 127.0.0.1:${address.port} is taken by another process; choose another with --listen or MOQSCOPE_RELAY_LISTEN\n`,
  );
  const admin = run("--listen", "127.0.0.1:0", "--admin-listen", `127.0.0.1:${address.port}`);
  expect(await admin.exited).toBe(1);
  expect(admin.stderr).toContain("--admin-listen or MOQSCOPE_RELAY_ADMIN_LISTEN");
});

test.each([
  [["--lissten", "1"], /--lissten.*--listen/],
  [["--listen", "nowhere:x"], /nowhere:x/],
  [["--tls-cert", "/no/such/file", "--tls-key", "/no/such/file"], /--tls-cert.*\/no\/such\/file/],
  [["--tls-cert", "/no/such/file"], /belong together/],
])("what it was told wrongly is one line: %j", async (args, message) => {
  const started = run(...args);
  expect(await started.exited).toBe(1);
  expect(started.stderr).toMatch(message);
  expect(started.stderr.trimEnd().split("\n")).toHaveLength(1);
});

test("--help lists every flag with its variable, --version is the package's", async () => {
  const [help, version] = [run("--help"), run("--version")];
  expect([await help.exited, await version.exited]).toEqual([0, 0]);
  for (const text of [
    "--listen",
    "MOQSCOPE_RELAY_LISTEN",
    "--tls-generate",
    "--otlp-endpoint",
    "--config",
    ...otelHelp.map(([names]) => names),
  ])
    expect(help.stdout).toContain(text);
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+/);
});

test("OpenTelemetry's variables are heeded and shown at start; an option wins over them", { timeout: 30_000 }, async () => {
  const variables = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://user:secret@127.0.0.1:9",
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/spans",
    OTEL_LOGS_EXPORTER: "none",
    OTEL_METRIC_EXPORT_INTERVAL: "2500",
    OTEL_SERVICE_NAME: "edge-relay",
    OTEL_RESOURCE_ATTRIBUTES: "cloud.region=us",
  };
  const [heeded, overruled] = [
    runIn(variables, ...freePorts),
    runIn(variables, ...freePorts, "--otlp-endpoint", "http://127.0.0.1:8", "--report-interval", "5s", "--region", "eu"),
  ];
  const [first, second] = [await ready(heeded), await ready(overruled)];
  expect(first.telemetry).toBe(
    "metrics=http/protobuf http://127.0.0.1:9/v1/metrics, traces=http/protobuf http://127.0.0.1:9/spans, metrics every 2500 ms",
  );
  expect(heeded.stderr).not.toContain("secret");
  expect(second.telemetry).toBe(
    "metrics=http/protobuf http://127.0.0.1:8/v1/metrics, traces=http/protobuf http://127.0.0.1:8/v1/traces, metrics every 5000 ms",
  );
  const labels = async (url: string): Promise<string> => await (await fetch(`${url}/metrics`)).text();
  expect(await labels(first.admin_url)).toContain('job="edge-relay"');
  expect(await labels(first.admin_url)).toContain('cloud_region="us"');
  expect(await labels(second.admin_url)).toContain('cloud_region="eu"');
});

test("an endpoint that is none is one line that names variable, value and remedy", async () => {
  const started = runIn({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector" }, ...freePorts);
  expect(await started.exited).toBe(1);
  expect(started.stderr).toBe(
    'moqscope-relay: OTEL_EXPORTER_OTLP_ENDPOINT: "collector" is no OTLP endpoint: give an http or https URL such as http://127.0.0.1:4318\n',
  );
});
