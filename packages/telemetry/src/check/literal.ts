const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\u0007", b: "\b", f: "\f", v: "\v" };

/** The text of a PromQL string literal: quoted with escapes, or raw between backticks. */
export function textOf(literal: string): string {
  const inside = literal.slice(1, -1);
  if (literal.startsWith("`")) return inside;
  return inside.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/g, (_all, hex, unicode, char: string | undefined) => {
    const code: unknown = hex ?? unicode;
    return typeof code === "string" ? String.fromCodePoint(Number.parseInt(code, 16)) : (escapes[char ?? ""] ?? char ?? "");
  });
}
