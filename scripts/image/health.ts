/**
 * What the images' HEALTHCHECK runs, since they hold neither curl nor a shell's worth of tools: `health.ts URL` ends with 0 when the URL
 * answers with a 2xx; `health.ts --announced` when the relay of `MOQSCOPE_URL` lists `MOQSCOPE_BROADCAST`, which is what a publisher is for.
 */
const [what = ""] = process.argv.slice(2);
const problem = await (what === "--announced" ? announced() : answers(what)).catch(because);
if (problem !== undefined) process.stderr.write(`${problem}\n`);
process.exit(problem === undefined ? 0 : 1);

/** What the network said, which fetch puts behind words of its own. */
function because(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? cause.message : String(error);
}

async function answers(url: string): Promise<string | undefined> {
  const { status, ok } = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  return ok ? undefined : `${url} answers ${status}`;
}

async function announced(): Promise<string | undefined> {
  const url = new URL(process.env["MOQSCOPE_URL"] ?? "http://localhost:4443");
  const broadcast = process.env["MOQSCOPE_BROADCAST"] ?? "demo.hang";
  url.pathname = `/announced${url.pathname.replace(/\/$/, "")}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  const text = await response.text();
  if (!response.ok) return `${url.origin}${url.pathname} answers ${response.status}`;
  return text.split("\n").includes(broadcast) ? undefined : `${broadcast} is not announced at ${url.origin}`;
}
