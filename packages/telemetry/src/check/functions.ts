/** How an expression around a selector uses its samples. */
export type Use = "value" | "growth" | "presence";

const growth = new Set(["rate", "irate", "increase", "resets"]);
const presence = new Set(["absent", "absent_over_time", "present_over_time", "count_over_time", "changes", "timestamp"]);

/** How a function uses its arguments. */
export function useOf(name: string): Use {
  if (growth.has(name)) return "growth";
  return presence.has(name) ? "presence" : "value";
}

/** Functions that only make sense over what grows. */
export const isRate = (name: string): boolean => growth.has(name) && name !== "resets";

/** Functions whose result has no labels of its argument. */
export const isBare = (name: string): boolean => ["scalar", "vector", "time", "pi"].includes(name);
