/** `line:column` of a place in a text, both from 1. */
function place(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return `${line}:${offset - (before.lastIndexOf("\n") + 1) + 1}`;
}

const tomlWord = `(?:[\\w-]+|"[^"\\n]*"|'[^'\\n]*')`;
const tomlKey = `${tomlWord}(?:[ \\t]*\\.[ \\t]*${tomlWord})*`;
const tomlLine = new RegExp(`^[ \\t]*(?:\\[+[ \\t]*(${tomlKey})[ \\t]*\\]+|(${tomlKey})[ \\t]*=)`, "gmd");

const words = (key: string): string[] => key.split(".").map((word) => word.trim().replaceAll(/^["']|["']$/g, ""));
const begins = (path: readonly string[], start: readonly string[]): boolean => start.every((word, at) => path[at] === word);

/** Where a key stands in a TOML file, or the inline table that holds it; looked for by line, since parsers tell no places. */
function locateToml(text: string, path: readonly string[]): string | undefined {
  let header: readonly string[] = [];
  for (const match of text.matchAll(tomlLine)) {
    const [, head, key] = match;
    if (head !== undefined) header = words(head);
    const found = key === undefined ? header : [...header, ...words(key)];
    const isIt = begins(path, found) && (key !== undefined || found.length === path.length);
    const at = match.indices?.[key === undefined ? 1 : 2]?.[0];
    if (isIt && at !== undefined) return place(text, at);
  }
  return undefined;
}

/** Where a key stands in a JSON file: each word behind the one that holds it. */
function locateJson(text: string, path: readonly string[]): string | undefined {
  let offset = 0;
  for (const word of path) {
    const literal = JSON.stringify(word).replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const found = text.slice(offset).search(new RegExp(`${literal}\\s*:`));
    if (found < 0) return undefined;
    offset += found;
  }
  return place(text, offset);
}

/** `:line:column` of a key of a config file, or nothing where it cannot be found. */
export function locate(text: string, path: readonly string[], isToml: boolean): string {
  const found = isToml ? locateToml(text, path) : locateJson(text, path);
  return found === undefined ? "" : `:${found}`;
}
