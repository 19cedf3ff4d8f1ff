import { existsSync, readFileSync } from "node:fs";

/** The fenced blocks of a Markdown file in one language, as they stand there; none where the file is missing. */
export function snippets(path: string, language: string): readonly string[] {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return [...text.matchAll(/^```(\S*)[^\n]*\n(.*?)^```$/gms)].filter((match) => match[1] === language).map((match) => match[2] ?? "");
}
