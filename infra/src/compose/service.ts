import digests from "./digests.json" with { type: "json" };
import { type ImageName, images } from "./images.ts";
import { type PortName, publish } from "./ports.ts";

/** A service as the Compose file says it, with what is told about it above. */
export interface Service {
  readonly comment: string;
  readonly ports: readonly PortName[];
  readonly compose: Readonly<Record<string, unknown>>;
}

/** What every service is told, whoever made its image. */
interface Common {
  readonly comment: string;
  /** Mebibytes. */
  readonly memory: number;
  readonly after?: readonly string[];
  readonly ports?: readonly PortName[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  /** Folders in memory that it writes to. */
  readonly tmpfs?: readonly string[];
}

/** A program of others. */
export interface ThirdParty extends Common {
  readonly image: ImageName;
  readonly user: string;
  /** Port and path that say whether it is ready. */
  readonly health: `${number}/${string}`;
  readonly more?: Readonly<Record<string, unknown>>;
}
/** A program of ours. */
export interface Own extends Common {
  readonly target: "relay" | "gateway" | "cli" | "demo";
  readonly udp?: readonly PortName[];
}

const rotated = { "max-size": "10m", "max-file": "3" };

/** The image with its digest, where that is known. */
export function imageOf(name: ImageName): string {
  const digest = (digests as Readonly<Record<string, string>>)[images[name]];
  return digest === undefined ? images[name] : `${images[name]}@${digest}`;
}

/** The busybox that `prepare` puts into a volume asks: half of these images hold nothing that could. */
export function thirdParty(name: string, spec: ThirdParty): Service {
  return {
    comment: spec.comment,
    ports: spec.ports ?? [],
    compose: {
      image: imageOf(spec.image),
      user: spec.user,
      ...common(spec, ["prepare", ...(spec.after ?? [])]),
      // Go programs collect more eagerly before the limit ends them.
      environment: { GOMEMLIMIT: `${Math.round(spec.memory * 0.85)}MiB`, ...spec.environment },
      volumes: ["tools:/tools:ro", ...(spec.volumes ?? [])],
      healthcheck: {
        test: ["CMD", "/tools/busybox", "wget", "-q", "-T", "3", "-O", "/dev/null", `http://127.0.0.1:${spec.health}`],
        interval: "10s",
        timeout: "4s",
        retries: 3,
        start_period: "60s",
        start_interval: "1s",
      },
      // Alloy takes lines with this label to Loki, and no others of this machine.
      labels: { "moqscope.logs": name },
      logging: { driver: "json-file", options: { ...rotated, labels: "moqscope.logs" } },
      ...spec.more,
    },
  };
}

/** Its image says itself how it is; `pnpm stack --build` makes that image from this checkout. */
export function own(spec: Own): Service {
  return {
    comment: spec.comment,
    ports: [...(spec.ports ?? []), ...(spec.udp ?? [])],
    compose: {
      image: `moqscope-${spec.target}:\${MOQSCOPE_VERSION:-local}`,
      build: { context: "../..", target: spec.target, args: { QUIC: "${STACK_QUIC:-build}" } },
      ...common(spec, spec.after ?? [], spec.udp),
      ...(spec.environment === undefined ? {} : { environment: spec.environment }),
      ...(spec.volumes === undefined ? {} : { volumes: spec.volumes }),
      // How it is asked stands in the image; how soon it may be used is for here.
      healthcheck: { interval: "10s", timeout: "4s", retries: 3, start_period: "60s", start_interval: "1s" },
      // Ours send their log records by OTLP: the lines are for `docker logs` alone.
      logging: { driver: "json-file", options: rotated },
    },
  };
}

/** Renamed into place: a health check may be running the one that is there. */
const putTool = "cp /bin/busybox /tools/.busybox && mv /tools/.busybox /tools/busybox";

/** Once at each start: puts busybox where every health check finds it, and gives each volume to the user that writes to it. */
export function prepare(owners: Readonly<Record<string, string>>, script: readonly string[] = []): Service {
  const volumes = Object.keys(owners);
  const give = volumes.map((volume) => `chown ${owners[volume]} /volumes/${volume}`);
  return {
    comment: "Once at each start: puts busybox where health checks find it, and gives each volume to the user that writes to it.",
    ports: [],
    compose: {
      image: imageOf("busybox"),
      user: "0:0",
      command: ["sh", "-ec", [putTool, ...give, ...script].join("\n")],
      volumes: ["tools:/tools", ...volumes.map((volume) => `${volume}:/volumes/${volume}`)],
      ...hardened(32),
      cap_add: ["CHOWN"],
      restart: "no",
      logging: { driver: "json-file", options: rotated },
    },
  };
}

function common(spec: Common, after: readonly string[], udp: readonly PortName[] = []): Readonly<Record<string, unknown>> {
  const published = [...(spec.ports ?? []).map((name) => publish(name)), ...udp.map((name) => publish(name, "udp"))];
  return {
    ...(spec.command === undefined ? {} : { command: spec.command }),
    ...(after.length === 0 ? {} : { depends_on: Object.fromEntries(after.map((name) => [name, { condition: conditionOf(name) }])) }),
    ...(published.length === 0 ? {} : { ports: published }),
    ...hardened(spec.memory),
    ...(spec.tmpfs === undefined ? {} : { tmpfs: spec.tmpfs }),
    restart: "unless-stopped",
  };
}

/** Those that run to their end are waited for until then. */
function conditionOf(name: string): string {
  return name === "prepare" || name === "buckets" ? "service_completed_successfully" : "service_healthy";
}

/** What no service may do, and how much it may take. */
function hardened(memory: number): Readonly<Record<string, unknown>> {
  return {
    read_only: true,
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    mem_limit: `${memory}m`,
    pids_limit: 512,
  };
}
