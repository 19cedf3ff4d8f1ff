/** A broadcast path: segments joined by `/`, none empty, no slash at either end. */
export type Path = string & { readonly __brand: "Path" };

/** Trims and collapses slashes (moq-lite § Encoding: paths are compared by segment). */
export function toPath(text: string): Path {
  return text
    .split("/")
    .filter((segment) => segment !== "")
    .join("/") as Path;
}
/** What follows `prefix` in `path`, by whole segments; `undefined` if it is not below. */
export function suffixOf(path: Path, prefix: Path): Path | undefined {
  if (prefix === "") return path;
  if (path === prefix) return "" as Path;
  return path.startsWith(`${prefix}/`) ? (path.slice(prefix.length + 1) as Path) : undefined;
}
export function joinPath(prefix: Path, suffix: Path): Path {
  return toPath(`${prefix}/${suffix}`);
}
