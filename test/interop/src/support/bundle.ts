import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";

export interface Pages {
  /** The page with one component and its attributes. */
  address(component: string, attributes: Readonly<Record<string, string>>): string;
  readonly close: () => Promise<void>;
}

/** Bundles the page with Vite, as applications do, and serves it. */
export async function servePages(): Promise<Pages> {
  const root = fileURLToPath(new URL("../page", import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), "moqscope-interop-"));
  const resolve = { conditions: ["@moqscope/source", "module", "browser", "development|production"] };
  const outDir = { outDir: folder, emptyOutDir: true, target: "es2024" };
  await build({ root, configFile: false, logLevel: "silent", resolve, build: outDir });
  const server = await preview({
    root,
    configFile: false,
    logLevel: "silent",
    build: { outDir: folder },
    preview: { host: "127.0.0.1", port: 0, strictPort: false },
  });
  const bound = server.httpServer.address();
  const port = typeof bound === "object" ? bound?.port : undefined;
  return {
    address: (component, attributes) => `http://127.0.0.1:${port}/?${new URLSearchParams({ component, ...attributes })}`,
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}
