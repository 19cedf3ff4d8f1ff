/** A link from a value: what Grafana puts in the address stands in `${…}`. */
export interface ValueLink {
  readonly title: string;
  readonly url: string;
}

/** Another board with the variables and the time range of this one; `variables` are set besides. */
export function boardAddress(uid: string, variables: Readonly<Record<string, string>> = {}): string {
  const more = Object.entries(variables).map(([name, value]) => `&var-${name}=${value}`);
  // A variable given twice has both values: those that are set stand alone.
  const kept = more.length === 0 ? "&${__all_variables}" : "&${datasource:queryparam}";
  return `/d/${uid}?\${__url_time_range}${kept}${more.join("")}`;
}

/** The same board with one of its variables set to what was clicked. */
export function choose(title: string, uid: string, variable: string, value: string): ValueLink {
  return { title, url: boardAddress(uid, { [variable]: value }) };
}
