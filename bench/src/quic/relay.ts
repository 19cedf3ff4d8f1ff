import { createRelay } from "@moqscope/relay";
import type { FromRelay } from "./messages.ts";

/** The process that is measured: our relay as it is, with or without QUIC. */
const webTransport = process.argv[2] === "quic" ? "quic" : "off";
const relay = await createRelay({
  listen: { host: "127.0.0.1", port: 0 },
  adminListen: false,
  webTransport,
  tls: { generate: ["localhost"] },
});
process.on("disconnect", () => process.exit(0));
const listening: FromRelay = { kind: "listening", port: Number(new URL(relay.url).port), pid: process.pid };
process.send?.(listening);
