import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "vite";

/** A page on a server of its own, so that it has an origin. */
export interface ServedPage extends AsyncDisposable {
  readonly url: string;
  readonly origin: string;
}

/** Bundles a script as an application would and serves a page with it on 127.0.0.1. */
export async function servePage(entry: string): Promise<ServedPage> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    root: import.meta.dirname,
    resolve: { conditions: ["@moqscope/source", "browser", "module", "import", "default"] },
    build: { write: false, minify: false, modulePreload: false, rolldownOptions: { input: entry } },
  });
  const chunks = (Array.isArray(built) ? built : [built]).flatMap((each) => ("output" in each ? each.output : []));
  const [script] = chunks.filter((output) => output.type === "chunk");
  const http = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script?.code : '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    url: `${origin}/`,
    origin,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
