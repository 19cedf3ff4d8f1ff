import { defineConfig } from "vite";

const { env } = globalThis.process;

/** Addresses of the other processes, as `dev` gives them when their ports are changed. */
const defaults = {
  url: env["MOQSCOPE_RELAY_URL"] ?? "http://localhost:4443",
  name: env["MOQSCOPE_BROADCAST"] ?? "demo.hang",
  telemetry: env["MOQSCOPE_INGEST_URL"] ?? "http://localhost:4319",
  console: env["MOQSCOPE_CONSOLE_URL"] ?? "http://localhost:4320",
};

export default defineConfig({
  define: { __MOQSCOPE_DEFAULTS__: JSON.stringify(defaults) },
  resolve: { conditions: ["@moqscope/source", "module", "browser", "development|production"] },
  server: { port: Number(env["MOQSCOPE_DEMO_PORT"] ?? 5173), strictPort: true },
  build: { target: "es2024" },
});
