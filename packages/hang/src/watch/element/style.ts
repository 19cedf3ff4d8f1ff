/** Look of the element. Colours and sizes that a page may want to change are custom properties. */
export const watchStyle = `
:host { display: block; position: relative; background: var(--hang-background, #000); color: #fff; aspect-ratio: 16 / 9;
  overflow: hidden; font: 500 14px/1.4 system-ui, sans-serif; contain: content; container-type: inline-size; }
:host([hidden]) { display: none; }
:host(:fullscreen) { aspect-ratio: auto; width: 100vw; height: 100vh; }
canvas { display: block; width: 100%; height: 100%; object-fit: contain; }
.shade { position: absolute; inset: auto 0 0; padding: 56px 14px 12px; display: flex; align-items: center; gap: 6px;
  background: linear-gradient(transparent, rgb(0 0 0 / .72)); opacity: 0; transition: opacity .2s; }
:host(:hover) .shade, :host(:focus-within) .shade, .shade.stay { opacity: 1; }
:host(.idle) .shade:not(:focus-within):not(.stay) { opacity: 0; }
button, select { font: inherit; color: inherit; background: none; border: 0; border-radius: 8px; height: 40px; min-width: 40px;
  padding: 0 9px; cursor: pointer; display: inline-flex; align-items: center; justify-content: center; }
button:hover, select:hover { background: rgb(255 255 255 / .16); }
:is(button, select, input):focus-visible { outline: 2px solid #fff; outline-offset: -2px; }
select[hidden] { display: none; }
option { color: #111; background: #fff; }
svg { width: 22px; height: 22px; fill: currentColor; display: block; }
input[type=range] { width: 84px; accent-color: #fff; cursor: pointer; }
.space { flex: 1; }
.live { display: inline-flex; align-items: center; gap: 7px; padding: 0 8px; font-size: 13px; letter-spacing: .02em; white-space: nowrap; }
.live::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: #8b93a1; }
.live[data-state=playing]::before { background: #ff4d5e; }
.live[data-state=rebuffering]::before, .live[data-state=starting]::before { background: #ffb020; }
.notice { position: absolute; inset: 0; z-index: 1; display: grid; place-content: center; justify-items: center; gap: 14px; padding: 20px 20px 64px;
  text-align: center; pointer-events: none; text-wrap: balance; }
.notice:empty { display: none; }
.notice .text { max-width: 34em; padding: 8px 14px; border-radius: 10px; background: rgb(7 8 11 / .8); }
.notice .busy { display: grid; grid-template-columns: auto auto; align-items: center; column-gap: 12px; text-align: start; padding: 10px 18px 10px 14px; }
.notice .busy:has(span) .spinner { grid-row: 1 / span 2; }
.notice .text strong { display: block; font-size: 17px; font-weight: 600; }
.notice .text span { opacity: .82; overflow-wrap: anywhere; }
.notice button { pointer-events: auto; background: #fff; color: #111; padding: 0 18px; border-radius: 999px; font-weight: 600; }
.notice button:hover { background: #e8eaee; }
.notice button:focus-visible { outline: 2px solid #4c8dff; outline-offset: 2px; }
.spinner { width: 24px; height: 24px; border-radius: 50%; border: 3px solid rgb(255 255 255 / .25); border-top-color: #fff; animation: spin 1s linear infinite; }
@keyframes spin { to { rotate: 360deg; } }
.sound { position: absolute; top: 12px; right: 12px; background: rgb(7 8 11 / .72); padding: 0 14px; border-radius: 999px; height: 38px; }
.sound[hidden] { display: none; }
@container (max-width: 460px) { input[type=range] { display: none; } .shade { padding: 40px 6px 6px; gap: 0; } }
@media (prefers-reduced-motion: reduce) { .spinner { animation-duration: 4s; } .shade { transition: none; } }
`;
