/** Trims and collapses slashes: paths are compared by segment (moq-lite § Encoding). */
export function normalizePath(text: string): string {
  return text
    .split("/")
    .filter((segment) => segment !== "")
    .join("/");
}

/** What follows `prefix` in `path`, by whole segments; `undefined` when it is not below. Both are normalised. */
export function suffixOf(path: string, prefix: string): string | undefined {
  if (prefix === "") return path;
  if (path === prefix) return "";
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) : undefined;
}

export function joinPath(prefix: string, suffix: string): string {
  return normalizePath(`${prefix}/${suffix}`);
}
