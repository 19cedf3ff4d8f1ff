/** PromQL over recorded series, as text: the checker of queries holds it against the rules. */
export function recorded(text: string): { readonly text: string } {
  return { text };
}
