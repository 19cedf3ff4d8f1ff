const urlTail = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@"']*@)?([^\s?#"'<>]*)(?:[?#][^\s"'<>]*)?/gi;
const jwt = /\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g;

/** Text without what a log must not keep: credentials, query and fragment of URLs, and signed tokens. */
export function redact(text: string): string {
  return text.replace(urlTail, "$1$2").replace(jwt, "[token]");
}

/** The same for every text among attributes. */
export function redactValues(values: Readonly<Record<string, string | number | boolean>>): Record<string, string | number | boolean> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? redact(value) : value]));
}
