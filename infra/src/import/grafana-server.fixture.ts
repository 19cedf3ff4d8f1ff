import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface FixtureOptions {
  readonly version?: string;
  readonly token?: string;
  /** `name:password`. */
  readonly user?: string;
  readonly role?: "Editor" | "Viewer";
  readonly dataSources?: readonly object[];
  /** Boards that come from files. */
  readonly provisioned?: readonly string[];
  readonly tls?: { readonly key: string; readonly cert: string };
}
interface SaveRequest {
  readonly dashboard: { readonly id: null; readonly uid: string; readonly title: string };
  readonly folderUid: string;
  readonly overwrite: boolean;
}
interface Reply {
  readonly status: number;
  readonly body: object;
}
const denied = { message: "You'll need additional permissions to perform this action.", title: "Access denied" };

/** A server that speaks the part of Grafana's HTTP API that an import uses, as its documentation has it, and keeps what it is given. */
export class GrafanaServer implements AsyncDisposable {
  readonly folders = new Map<string, string>();
  readonly boards = new Map<string, SaveRequest & { version: number }>();
  readonly asked: string[] = [];
  readonly #options: FixtureOptions;
  readonly #server: Server;

  constructor(options: FixtureOptions) {
    this.#options = options;
    const handler: RequestListener = (request, response) => {
      void this.#answer(request).then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
    };
    this.#server = options.tls === undefined ? createServer(handler) : createTlsServer(options.tls, handler);
  }
  static async start(options: FixtureOptions = {}): Promise<GrafanaServer> {
    const server = new GrafanaServer(options);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }
  /** Below a path, as behind a proxy. */
  get url(): string {
    const scheme = this.#options.tls === undefined ? "http" : "https";
    return `${scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/grafana`;
  }

  async #answer(request: IncomingMessage): Promise<Reply> {
    const path = (request.url ?? "").replace(/^\/grafana/, "");
    const what = `${request.method ?? ""} ${path}`;
    this.asked.push(what);
    const text = (await request.toArray()).map(String).join("");
    if (what === "GET /api/health") return ok({ database: "ok", version: this.#options.version ?? "13.2.0", commit: "0" });
    if (!this.#isKnown(request.headers.authorization)) return { status: 401, body: { message: "Invalid API key" } };
    const mayWrite = (this.#options.role ?? "Editor") === "Editor";
    if (request.method === "POST") return mayWrite ? this.#write(path, text) : { status: 403, body: denied };
    return this.#read(path);
  }
  #isKnown(authorization: string | undefined): boolean {
    const { token, user } = this.#options;
    const good = [token && `Bearer ${token}`, user && `Basic ${Buffer.from(user).toString("base64")}`].filter(Boolean);
    return good.length === 0 || good.includes(authorization);
  }
  #read(path: string): Reply {
    const [, kind, uid = ""] = /^\/api\/(datasources|folders|dashboards\/uid)\/?(.*)$/.exec(path) ?? [];
    if (kind === "datasources") return ok(this.#options.dataSources ?? stackSources);
    if (kind === "folders") {
      const title = this.folders.get(uid);
      return title === undefined ? { status: 404, body: { message: "folder not found" } } : ok({ uid, title });
    }
    const isProvisioned = this.#options.provisioned?.includes(uid) === true;
    const board = this.boards.get(uid);
    if (board === undefined && !isProvisioned) return { status: 404, body: { message: "Dashboard not found" } };
    return ok({ dashboard: board?.dashboard ?? { uid }, meta: { provisioned: isProvisioned, folderTitle: "moqscope" } });
  }
  #write(path: string, text: string): Reply {
    if (path === "/api/folders") {
      const { uid, title } = JSON.parse(text) as { readonly uid: string; readonly title: string };
      this.folders.set(uid, title);
      return ok({ uid, title });
    }
    const request = JSON.parse(text) as SaveRequest;
    const { dashboard, folderUid, overwrite } = request;
    if (!this.folders.has(folderUid)) return { status: 400, body: { message: "folder not found" } };
    const before = this.boards.get(dashboard.uid);
    if (before !== undefined && !overwrite)
      return { status: 412, body: { status: "version-mismatch", message: "The dashboard has been changed by someone else" } };
    const version = (before?.version ?? 0) + 1;
    this.boards.set(dashboard.uid, { ...request, version });
    return ok({ id: 1, uid: dashboard.uid, url: `/grafana/d/${dashboard.uid}/x`, status: "success", version, slug: "x" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

const ok = (body: object): Reply => ({ status: 200, body });
const stackSources = ["prometheus", "loki", "tempo"].map((type) => ({ uid: type, name: type, type, isDefault: type === "prometheus" }));
