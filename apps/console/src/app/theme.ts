export const themes = ["auto", "light", "dark"] as const;
/** `auto` follows the system. */
export type Theme = (typeof themes)[number];

const key = "moqscope.theme";

/** The theme kept in this browser; `auto` where none is kept or storage is refused. */
export function storedTheme(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(key)) ?? "auto";
  } catch {
    // Storage may be forbidden; the console then follows the system.
    return "auto";
  }
}

/** Shows a theme and keeps it for the next visit. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Not kept, but shown: the choice holds until the page is left.
  }
}

/** The theme after this one, in the order of the toggle. */
export function nextTheme(theme: Theme): Theme {
  return themes[(themes.indexOf(theme) + 1) % themes.length] ?? "auto";
}
