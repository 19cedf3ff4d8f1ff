/** Look of the overlay. Colours that a page may want to change are custom properties. */
export const statsStyle = `
:host { --ink: var(--hang-stats-ink, #14171c); --soft: var(--hang-stats-soft, #5b6472); --line: var(--hang-stats-line, #d9dde4);
  --paper: var(--hang-stats-paper, rgb(255 255 255 / .93)); --accent: var(--hang-stats-accent, #2257d6); --bad: var(--hang-stats-bad, #b3261e);
  display: block; box-sizing: border-box; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  font: 13px/1.45 system-ui, sans-serif; padding: 10px 12px; overflow: auto; text-align: start; container-type: inline-size; }
@media (prefers-color-scheme: dark) { :host { --ink: var(--hang-stats-ink, #eceff4); --soft: var(--hang-stats-soft, #a3adbd);
  --line: var(--hang-stats-line, #39404c); --paper: var(--hang-stats-paper, rgb(16 19 24 / .92)); --accent: var(--hang-stats-accent, #8db0ff);
  --bad: var(--hang-stats-bad, #ff8a80); } }
:host([hidden]) { display: none; }
:host([slot=overlay]) { position: absolute; z-index: 2; inset: 8px auto auto 8px; width: min(380px, calc(100% - 16px)); max-height: calc(100% - 76px);
  box-shadow: 0 2px 14px rgb(0 0 0 / .35); }
header { display: flex; align-items: center; gap: 6px; margin-bottom: 8px; }
h2 { flex: 1; margin: 0; font-size: 13px; font-weight: 650; }
h3 { margin: 10px 0 2px; font-size: 11px; font-weight: 650; letter-spacing: .04em; text-transform: uppercase; color: var(--soft); }
button { font: inherit; font-size: 12px; color: var(--accent); background: none; border: 1px solid var(--line); border-radius: 7px; padding: 3px 9px;
  min-height: 28px; cursor: pointer; }
button:hover { border-color: var(--accent); }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
[data-is=sections] { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(270px, 100%), 1fr)); gap: 0 28px; align-items: start; }
dl { display: grid; grid-template-columns: minmax(84px, auto) 1fr; gap: 1px 12px; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
dd.bad { color: var(--bad); font-weight: 600; }
.graphs { display: grid; grid-template-columns: repeat(3, 1fr); gap: 10px; }
figure { margin: 0; min-width: 0; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 6px; font-size: 11px; color: var(--soft); }
figcaption b { font-weight: 600; color: var(--ink); font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: 34px; border-bottom: 1px solid var(--line); overflow: visible; }
.line { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.stall { fill: var(--bad); opacity: .22; }
.phases { display: flex; height: 12px; border-radius: 3px; overflow: hidden; background: var(--line); }
.phases span { min-width: 1px; background: var(--accent); border-inline-end: 1px solid var(--paper); }
.phases span:nth-child(even) { opacity: .62; }
.legend { margin: 3px 0 0; color: var(--soft); font-size: 12px; }
.none { margin: 0; color: var(--soft); }
textarea { width: 100%; box-sizing: border-box; height: 90px; font: 11px/1.4 ui-monospace, monospace; }
.said { font-size: 12px; color: var(--soft); }
@container (max-width: 300px) { .graphs { grid-template-columns: 1fr; } dl { grid-template-columns: 1fr; } dt { margin-top: 3px; } }
`;
