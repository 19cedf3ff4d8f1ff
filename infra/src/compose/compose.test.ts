import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { gatewayOptionTable } from "../../../packages/gateway/src/main-options.ts";
import { relayOptionTable } from "../../../packages/relay/src/main-options.ts";
import { builds } from "../../../scripts/foreign/builds.ts";
import { foreignProgram } from "../../../scripts/foreign/installed.ts";
import { targets } from "../../../scripts/image/targets.ts";
import { images } from "./images.ts";
import { ports } from "./ports.ts";
import { profiles } from "./profiles.ts";
import schema from "./schema/compose-spec.json" with { type: "json" };

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly user?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly healthcheck?: object;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly mem_limit?: string;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly privileged?: boolean;
  readonly network_mode?: string;
}
interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, object>>;
}

const folder = join(import.meta.dirname, "../../compose");
const secrets = { GRAFANA_ADMIN_PASSWORD: "a", GATEWAY_TOKEN_SECRET: "b", S3_ACCESS_KEY: "c", S3_SECRET_KEY: "d" };
const once = new Set(["prepare", "buckets"]);
const matches = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
const compose = foreignProgram("docker-compose");
const read = (name: string): string => readFileSync(join(folder, `${name}.yaml`), "utf8");

describe.each(profiles.map(({ name }) => name))("%s.yaml", (name) => {
  const text = read(name);
  const file = parse(text, { version: "1.1" }) as ComposeFile;
  const services = Object.entries(file.services);
  const bound = services.flatMap(([service, { volumes = [] }]) => volumes.map((volume) => [service, volume] as const));

  it("is what the Compose Specification's schema allows", () => {
    expect(matches(file), JSON.stringify(matches.errors)).toBe(true);
  });
  it("is clean for Docker Compose itself", (context) => {
    if (compose === undefined) return context.skip("pnpm foreign:build docker-compose makes what reads it");
    const args = ["-f", join(folder, `${name}.yaml`), "--env-file", "/dev/null", "config", "-q"];
    const { status, stdout, stderr } = spawnSync(compose, args, { env: { ...process.env, ...secrets }, encoding: "utf8", timeout: 20_000 });
    expect([status, stdout, stderr]).toEqual([0, "", ""]);
  });
  it("says in one line what is missing where nobody has made .env", (context) => {
    if (compose === undefined) return context.skip("pnpm foreign:build docker-compose makes what reads it");
    const args = ["-f", join(folder, `${name}.yaml`), "--env-file", "/dev/null", "config", "-q"];
    const { status, stderr } = spawnSync(compose, args, { encoding: "utf8", timeout: 20_000 });
    expect(status).not.toBe(0);
    expect(stderr).toContain("run pnpm stack, which makes infra/compose/.env");
  });
  it("takes every image in an exact version", () => {
    const pulled = services.flatMap(([, { image, build }]) => (build === undefined ? [image] : []));
    for (const image of pulled) expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+(\.\d+)?(-musl)?(@sha256:[0-9a-f]{64})?$/);
    expect(text).not.toContain("latest");
    const known = targets.map((target) => target.name);
    for (const [, { build }] of services) if (build !== undefined) expect(known).toContain(build.target);
  });
  it("publishes on loopback alone, each port once", () => {
    const published = services.flatMap(([, { ports = [] }]) => ports);
    expect(published.length).toBeGreaterThan(8);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\$\{STACK_\w+_PORT:-\d+\}:\d+(\/udp)?$/);
    const numbers = published.map((port) => `${/:-(\d+)/.exec(port)?.[1]}${port.endsWith("/udp") ? "/udp" : ""}`);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(services.filter(([, { network_mode }]) => network_mode !== undefined)).toEqual([]);
  });
  it("gives every service a health check, a memory limit, a way to come back, and no power that it does not need", () => {
    for (const [service, one] of services) {
      expect(one.mem_limit, service).toMatch(/^\d+m$/);
      expect(one.restart, service).toBe(once.has(service) ? "no" : "unless-stopped");
      if (!once.has(service)) expect(one.healthcheck, service).toBeDefined();
      expect(one.read_only, service).toBe(true);
      expect(one.cap_drop, service).toEqual(["ALL"]);
      expect(one.privileged, service).toBeUndefined();
    }
    // Alloy reads other users' files, and may do nothing else that root may; prepare gives volumes away and ends.
    const root = services.filter(([, { user }]) => user?.startsWith("0")).map(([service, { cap_add }]) => [service, cap_add]);
    expect(root).toEqual([
      ["prepare", ["CHOWN"]],
      ["alloy", ["DAC_READ_SEARCH"]],
    ]);
    expect(services.filter(([, { user, build }]) => user === undefined && build === undefined)).toEqual([]);
  });
  it("starts each service after what it needs is there", () => {
    for (const [service, { depends_on = {} }] of services)
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        expect(file.services[needed], `${service} → ${needed}`).toBeDefined();
        expect(condition).toBe(once.has(needed) ? "service_completed_successfully" : "service_healthy");
      }
    expect(cycle(file)).toBeUndefined();
  });
  it("mounts only files that are there, read-only, and no socket of Docker", () => {
    const paths = bound.filter(([, volume]) => /^[./$]/.test(volume));
    expect(paths.length).toBeGreaterThan(8);
    for (const [service, volume] of paths) {
      expect(volume, service).toMatch(/:ro$/);
      expect(volume).not.toContain("docker.sock");
      const from = /^\$\{\w+:-([^}]+)\}/.exec(volume)?.[1] ?? volume.split(":")[0] ?? "";
      if (from.startsWith(".")) expect(existsSync(join(folder, from)), from).toBe(true);
    }
  });
  it("has every volume that is used, and gives it to the user that writes to it", () => {
    const named = new Set(bound.map(([, volume]) => volume.split(":")[0] ?? "").filter((volume) => /^[a-z]/.test(volume)));
    expect([...named].toSorted()).toEqual(Object.keys(file.volumes).toSorted());
    const script = `${file.services["prepare"]?.command?.at(-1)}\n`;
    for (const [service, { user, volumes = [], build }] of services)
      for (const volume of volumes.filter((one) => /^[a-z][^:]*:[^:]+$/.test(one) && !once.has(service)))
        expect(script, service).toContain(`chown ${build === undefined ? user : "1000:1000"} /volumes/${volume.split(":")[0]}\n`);
  });
  it("holds no secret, and lets nobody in as admin who has no password", () => {
    const values = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    for (const [variable, value] of values)
      if (/PASSWORD|SECRET|ACCESS_KEY/.test(variable)) expect(String(value), variable).toMatch(/^\$\{\w+:\?/);
    const grafana = file.services["grafana"]?.environment ?? {};
    expect([grafana["GF_AUTH_ANONYMOUS_ENABLED"], grafana["GF_AUTH_ANONYMOUS_ORG_ROLE"]]).toEqual([String(name === "one"), "Viewer"]);
    expect(text).not.toContain("--web.enable-lifecycle");
  });
  it("names only variables that relays and gateways know", () => {
    const known = [relayOptionTable, gatewayOptionTable].flatMap((table) =>
      Object.values(table).map((option: { readonly env?: string }) => option.env),
    );
    const variables = services
      .filter(([service]) => /^(relay|gateway)/.test(service))
      .flatMap(([, { environment = {} }]) => Object.keys(environment));
    expect(variables.length).toBeGreaterThan(6);
    expect(variables.filter((variable) => !known.includes(variable))).toEqual([]);
  });
});

it("leaves no file of infra that nothing mounts", () => {
  const infra = join(folder, "..");
  const text = profiles.map(({ name }) => read(name)).join("\n");
  const mounts = [...text.matchAll(/\.\.\/([\w./-]+?)(?::|\})/g)].map(([, path = ""]) => path);
  // Each with who uses it: the collector's builder, the alternatives that docs/operate and docs/dashboards.md tell of.
  const alternatives = [
    "collector/builder.yaml",
    "collector/builder-edge.yaml",
    "prometheus/scrape.yml",
    "prometheus/recording-only/",
    "grafana/alerting/",
  ];
  const used = [...mounts, ...alternatives];
  const files = globSync("{alertmanager,alloy,collector,grafana,loki,mimir,prometheus,tempo}/**/*.*", { cwd: infra });
  expect(files.length).toBeGreaterThan(40);
  expect(files.filter((file) => !used.some((path) => file === path || file.startsWith(path.endsWith("/") ? path : `${path}/`)))).toEqual(
    [],
  );
});

it("takes ports that docs/architecture.md names, and none of those of pnpm dev", () => {
  const table = readFileSync(join(folder, "../../docs/architecture.md"), "utf8");
  for (const { host, who } of Object.values(ports)) expect(table, who).toMatch(new RegExp(`^\\| ${host} \\|`, "m"));
  const own = [4443, 4444, 4318, 4319, 4320, 5173];
  expect(Object.values(ports).filter(({ host }) => own.includes(host))).toEqual([]);
});

/** Version of a Go module as its image says it: Prometheus 3.15.0 is v0.315.0 there. */
const asImage = (version: string): string =>
  version.replace(/^v0\.3(\d\d)\./, (_, minor: string) => `v3.${Number(minor)}.`).replace(/^v/, "");

it.each([
  ["prometheus", "prometheus"],
  ["alertmanager", "alertmanager"],
  ["collector", "otelcol"],
  ["collector", "otelcol-edge"],
  ["loki", "loki"],
] as const)("the image of %s is the version that pnpm foreign:build makes of %s", (image, program) => {
  const version = builds.find(({ name }) => name === program)?.version ?? "";
  expect(images[image].split(":")[1]?.replace(/^v/, "")).toBe(asImage(version));
});

/** Services that wait for each other in a circle. */
function cycle({ services }: ComposeFile): string | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string | undefined => {
    if (path.includes(name)) return [...path, name].join(" → ");
    if (done.has(name)) return undefined;
    for (const needed of Object.keys(services[name]?.depends_on ?? {})) {
      const found = visit(needed, [...path, name]);
      if (found !== undefined) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(services)) {
    const found = visit(name, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
