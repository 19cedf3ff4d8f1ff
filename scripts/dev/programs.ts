import { join } from "node:path";
import { root } from "../support/root.ts";
import type { Program } from "./child.ts";
import { consoleDir, viteProgram } from "./console-build.ts";
import type { Ports } from "./options.ts";
import { host } from "./ports.ts";

/** The broadcast that `dev` publishes. */
export const broadcast = "demo.hang";

export interface Addresses {
  readonly watch: string;
  readonly console: string;
  readonly relay: string;
  readonly certificate: string;
  readonly metrics: string;
  readonly admin: string;
  readonly ingest: string;
  readonly otlp: string;
}

/** Where everything is once it runs on these ports. */
export function addresses(ports: Ports): Addresses {
  const url = (name: keyof Ports, path = ""): string => `http://${host}:${ports[name]}${path}`;
  return {
    watch: url("demo", "/"),
    console: url("console", "/"),
    relay: url("relay"),
    certificate: url("relay", "/certificate.sha256"),
    metrics: url("admin", "/metrics"),
    admin: url("admin"),
    ingest: url("ingest"),
    otlp: url("otlp"),
  };
}

/** The processes of `dev`, in the order in which they start. */
export function programs(
  ports: Ports,
  quic: boolean,
): {
  readonly gateway: Program;
  readonly relay: Program;
  readonly pub: Program;
  readonly demo: Program;
} {
  const at = addresses(ports);
  const listen = (name: keyof Ports): string => `${host}:${ports[name]}`;
  const main = (name: string): string => join(root, "packages", name, "src/main.ts");
  const webTransport = quic ? [] : ["--webtransport", "off"];
  const transport = quic ? [] : ["--transport", "websocket"];
  const report = ["--otlp-endpoint", at.otlp, "--report-interval", "1s"];
  // A person types either name of this machine, and the browser sends the one that was typed.
  const origins = [host, "localhost"].flatMap((name) => ["--allow-origin", `http://${name}:${ports.demo}`]);
  const gatewayListen = ["--ingest-listen", listen("ingest"), "--otlp-listen", listen("otlp"), "--console-listen", listen("console")];
  return {
    gateway: {
      name: "gateway",
      entry: main("gateway"),
      args: [...gatewayListen, "--console-dir", consoleDir, "--report-interval", "1s", ...origins],
    },
    relay: {
      name: "relay",
      entry: main("relay"),
      args: [
        "--listen",
        listen("relay"),
        "--admin-listen",
        listen("admin"),
        "--tls-generate",
        "localhost",
        "--trace-ratio",
        "1",
        ...webTransport,
        ...report,
      ],
    },
    pub: {
      name: "pub",
      entry: main("cli"),
      args: ["pub", "sample", "--loop", "--url", at.relay, "--broadcast", broadcast, "--time-url", at.ingest, ...transport, ...report],
    },
    demo: {
      name: "demo",
      entry: viteProgram(join(root, "apps/demo")),
      args: ["--host", host, "--port", String(ports.demo), "--strictPort", "--clearScreen", "false", "--logLevel", "warn"],
      cwd: join(root, "apps/demo"),
      env: {
        MOQSCOPE_RELAY_URL: at.relay,
        MOQSCOPE_INGEST_URL: at.ingest,
        MOQSCOPE_CONSOLE_URL: at.console,
        MOQSCOPE_BROADCAST: broadcast,
      },
    },
  };
}
