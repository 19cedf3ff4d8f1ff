const icon = (path: string): string => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;

/** Pictograms of the controls. */
export const icons = {
  play: icon("M8 5.5v13a.8.8 0 0 0 1.2.7l10.2-6.5a.8.8 0 0 0 0-1.4L9.2 4.8A.8.8 0 0 0 8 5.5z"),
  pause: icon("M7 5h3.5v14H7zM13.5 5H17v14h-3.5z"),
  sound: icon(
    "M4 9.5v5h3.5L12 19V5L7.5 9.5zM14.5 8.3a5 5 0 0 1 0 7.4l1.1 1.2a6.6 6.6 0 0 0 0-9.8zM17 5.6a8.8 8.8 0 0 1 0 12.8l1.1 1.2a10.4 10.4 0 0 0 0-15.2z",
  ),
  muted: icon(
    "M4 9.5v5h3.5L12 19V5L7.5 9.5zM20.6 9.5l-1.1-1.1-2.4 2.5-2.5-2.5-1.1 1.1L16 12l-2.5 2.5 1.1 1.1 2.5-2.5 2.4 2.5 1.1-1.1-2.4-2.5z",
  ),
  enlarge: icon("M5 5h5.5v2H7v3.5H5zM13.5 5H19v5.5h-2V7h-3.5zM5 13.5h2V17h3.5v2H5zM17 13.5h2V19h-5.5v-2H17z"),
  shrink: icon("M8.5 5h2v5.5H5v-2h3.5zM13.5 5h2v3.5H19v2h-5.5zM5 13.5h5.5V19h-2v-3.5H5zM13.5 13.5H19v2h-3.5V19h-2z"),
} as const;
