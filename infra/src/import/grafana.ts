import { ImportError, unreachable } from "./import-error.ts";

/** Grafana's HTTP API, as far as boards need it (Grafana documentation, HTTP API: folder, dashboard, data source, other). */
export interface GrafanaOptions {
  readonly url: string;
  /** Token of a service account. */
  readonly token?: string | undefined;
  /** `name:password`. */
  readonly user?: string | undefined;
  readonly timeoutMs?: number;
}
export interface DataSource {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly isDefault?: boolean;
}
export interface Saved {
  readonly url: string;
  readonly version: number;
}
/** What is there under the uid of a board. */
export interface Present {
  /** It comes from files, which alone can change it. */
  readonly isProvisioned: boolean;
  readonly folder: string;
}

/** The oldest release that these boards are for: panels and links of them came with it. */
const oldest = 11;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One Grafana. Every method throws ImportError. */
export class Grafana {
  readonly #base: string;
  readonly #authorization: string | undefined;
  readonly #timeoutMs: number;

  constructor({ url, token, user, timeoutMs = 20_000 }: GrafanaOptions) {
    if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url))
      throw new ImportError("address", `--grafana must be an http or https address, not "${url}"`);
    this.#base = url.replace(/\/+$/, "");
    this.#timeoutMs = timeoutMs;
    if (token) this.#authorization = `Bearer ${token}`;
    else if (user) this.#authorization = `Basic ${Buffer.from(user).toString("base64")}`;
  }

  /** Its release. Needs no rights. */
  async version(): Promise<string> {
    const { status, body } = await this.#ask("GET", "/api/health");
    const version = field(body, "version");
    if (status === 404 || version === undefined)
      throw new ImportError("not_grafana", `${this.#base} answers ${status} to /api/health: is the path right, is it Grafana?`);
    if (Number.parseInt(version, 10) < oldest)
      throw new ImportError("too_old", `${this.#base} is Grafana ${version}; the boards need ${oldest} or newer`);
    return version;
  }

  async dataSources(): Promise<readonly DataSource[]> {
    const { body } = this.#good(await this.#ask("GET", "/api/datasources"), "read data sources", "datasources:read");
    return body as readonly DataSource[];
  }

  /** The title of a folder, or undefined where there is none of that uid. */
  async folder(uid: string): Promise<string | undefined> {
    const answer = await this.#ask("GET", `/api/folders/${uid}`);
    if (answer.status === 404) return undefined;
    return field(this.#good(answer, "read folders", "folders:read").body, "title");
  }

  async makeFolder(uid: string, title: string): Promise<void> {
    this.#good(await this.#ask("POST", "/api/folders", { uid, title }), `make the folder "${title}"`, "folders:create");
  }

  /** What is there under a uid, or undefined. */
  async board(uid: string): Promise<Present | undefined> {
    const answer = await this.#ask("GET", `/api/dashboards/uid/${uid}`);
    if (answer.status === 404) return undefined;
    const { body } = this.#good(answer, `read ${uid}`, "dashboards:read");
    const { provisioned = false, folderTitle = "" } = (body as { meta?: { provisioned?: boolean; folderTitle?: string } }).meta ?? {};
    return { isProvisioned: provisioned, folder: folderTitle };
  }

  /** Writes a board into a folder, over one of the same uid. */
  async save(board: { readonly uid: string }, folderUid: string): Promise<Saved> {
    const request = { dashboard: { ...board, id: null }, folderUid, overwrite: true, message: "moqscope dashboards:import" };
    const answer = await this.#ask("POST", "/api/dashboards/db", request);
    const { body } = this.#good(answer, `write ${board.uid}`, "dashboards:create and dashboards:write");
    return { url: `${new URL(this.#base).origin}${field(body, "url") ?? ""}`, version: Number(field(body, "version") ?? 0) };
  }

  #good(answer: Answer, what: string, permission: string): Answer {
    const { status, body } = answer;
    if (status >= 200 && status < 300 && body !== undefined) return answer;
    const said = field(body, "message") ?? "";
    const why = said === "" ? "" : `: ${said}`;
    if (status === 401)
      throw new ImportError(
        "unauthorized",
        `Grafana does not know who asks (401${why}); give --token of a service account, or --user name:password`,
      );
    if (status === 403)
      throw new ImportError("forbidden", `not allowed to ${what} (403${why}); the account needs ${permission}: give its role Editor`);
    if (body === undefined)
      throw new ImportError(
        "not_grafana",
        `${this.#base} answers ${status} with a page to what should ${what}: does a proxy ask for a login there?`,
      );
    if (/provisioned/.test(said))
      throw new ImportError(
        "provisioned",
        `cannot ${what}: it comes from files that Grafana mounts; change it there, or take the files away`,
      );
    throw new ImportError("refused", `cannot ${what}: Grafana answers ${status}${why}`);
  }

  async #ask(method: "GET" | "POST", path: string, body?: object): Promise<Answer> {
    const url = `${this.#base}${path}`;
    const headers = {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }),
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      // A redirect leads to a page that asks for a login, or to another address, which must not be told the token.
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const response = await fetch(url, { method, headers, ...sent, signal, redirect: "manual" });
      return { status: response.status, body: parsed(await response.text()) };
    } catch (error) {
      throw unreachable(url, error);
    }
  }
}

/** JSON, or undefined for a page. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A page of a proxy or of Grafana itself: who asked says what that means.
    return undefined;
  }
}
function field(body: unknown, name: string): string | undefined {
  const value = typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
