import { defineConfig } from "vite";

/** `MOQSCOPE_GATEWAY` is where `vite` finds a running gateway's console listener while the console is worked on. */
const gateway = process.env["MOQSCOPE_GATEWAY"] ?? "http://127.0.0.1:4320";

export default defineConfig({
  // Relative addresses, so that a proxy may serve the console below any path.
  base: "./",
  resolve: { conditions: ["@moqscope/source", "module", "browser", "development|production"] },
  server: { proxy: { "/api": gateway } },
  // Nothing is inlined: the gateway's content security policy allows files of its own origin only.
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ["chrome123", "firefox125", "safari17.5"],
    reportCompressedSize: false,
  },
});
