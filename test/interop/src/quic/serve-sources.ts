import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { stripTypeScriptTypes } from "node:module";

const root = new URL("../../../../packages/lite/src/", import.meta.url);

/** The sources of lite as modules a browser can load, and a page that runs `script` of them: nothing is bundled, only types are stripped. */
export async function serveSources(script: string): Promise<Server & { readonly url: string }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    void (async () => {
      if (!path.endsWith(".ts")) {
        response.setHeader("content-type", "text/html");
        return response.end(`<!doctype html><link rel="icon" href="data:,"><script type="module" src="/${script}"></script>`);
      }
      try {
        const source = await readFile(new URL(`.${path}`, root), "utf8");
        response.setHeader("content-type", "text/javascript");
        response.end(stripTypeScriptTypes(source));
      } catch {
        response.writeHead(404).end(); // The page complains, and the test with it.
      }
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(server, { url: `http://127.0.0.1:${(server.address() as { port: number }).port}/` });
}
