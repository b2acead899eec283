"""How the page looks: the colours and letters of the house's other pages, and where things stand."""

CSS = """
:root {
  --paper: #f7f5f0; --ink: #23201c; --soft: #736c62; --line: #e2ddd3; --mat: #ece8df; --bad: #b4402f; --good: #3d7a55;
  --serif: ui-serif, "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", "Noto Serif", Georgia, serif;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
body.body--dark {
  --paper: #171613; --ink: #ece7dd; --soft: #a29a8d; --line: #2e2b26; --mat: #211f1b; --bad: #e2806f; --good: #7fbf97;
  --q-primary: #b8622f;
}
body, body.body--dark { background: var(--paper); color: var(--ink); font: 15px/1.5 var(--sans); }
.nicegui-content { max-width: 1560px; margin: 0 auto; padding: 0 clamp(16px, 3vw, 48px) 64px; gap: 0;
  align-items: stretch; }
.top { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 26px; padding: 18px 0 12px;
  border-bottom: 1px solid var(--line); margin-bottom: 26px; }
.top .name { font: 400 24px/1.2 var(--serif); letter-spacing: -.01em; margin-right: 10px; }
.top a { color: var(--soft); text-decoration: none; padding: 4px 0; border-bottom: 2px solid transparent; }
.top a:hover { color: var(--ink); }
.top a.here { color: var(--ink); border-color: var(--q-primary); }
h1 { font: 400 30px/1.15 var(--serif); letter-spacing: -.015em; margin: 0 0 10px; overflow-wrap: anywhere; }
h2 { font: 400 21px/1.25 var(--serif); margin: 0 0 10px; overflow-wrap: anywhere; }
.later { margin-top: 48px; } .job h2, .look h2 { margin: 0; } a { color: inherit; }
.soft, .soft a { color: var(--soft); } .small { font-size: 13px; } .lead { color: var(--soft); max-width: 68ch; }
.told { color: var(--bad); max-width: 72ch; overflow-wrap: anywhere; } .told.good { color: var(--good); }
.missing { font: 400 20px/1.45 var(--serif); color: var(--soft); max-width: 46ch; padding: 8vh 0; }
code { font-size: .88em; background: var(--mat); padding: .12em .4em; border-radius: 3px; color: var(--ink); }
.bench { display: grid; grid-template-columns: minmax(280px, 340px) minmax(0, 1fr); gap: 24px 44px; width: 100%; }
.panel { display: flex; flex-direction: column; gap: 14px; min-width: 0; }
.panel .q-slider { margin-right: 10px; } .panel .told { order: 1; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }
.stage { min-width: 0; display: flex; flex-direction: column; gap: 30px; }
.first { display: flex; flex-direction: column; gap: 30px; }
.row-of { display: grid; gap: 18px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr));
  align-items: start; }
.slot { position: relative; aspect-ratio: 1; background: var(--mat); border: 1px dashed var(--soft); cursor: pointer;
  display: grid; place-items: center; text-align: center; color: var(--soft); overflow: hidden; padding: 8px; }
.slot.full { border-style: solid; border-color: transparent; padding: 0; }
.slot:hover, .slot:focus-within { border-color: var(--ink); }
.slot img { width: 100%; height: 100%; object-fit: cover; }
.slot .q-uploader { position: absolute; inset: 0; opacity: 0; width: auto; max-height: none; }
.slot .q-uploader * { cursor: pointer; }
figure { margin: 0; min-width: 0; }
figure img { display: block; width: 100%; background: var(--mat); }
figure .whole { max-height: 74vh; object-fit: contain; }
figcaption { padding: 8px 0 0; font-size: 13px; line-height: 1.4; color: var(--soft); overflow-wrap: anywhere; }
figcaption b { color: var(--ink); font-weight: 500; }
figcaption a { display: inline-block; margin-right: 12px; cursor: pointer; text-decoration: underline; }
figure .large { cursor: zoom-in; }
.wall { display: grid; gap: 20px 16px; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); width: 100%; }
.wall.large { grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); }
.wall img { aspect-ratio: 1; object-fit: cover; }
.wall figure.open { cursor: pointer; } .wall figure.open:hover img { filter: brightness(1.05); }
.wall figure:focus-visible, a:focus-visible { outline: 2px solid var(--ink); outline-offset: 3px; }
.sift { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; margin: 14px 0 22px; width: 100%; }
.sift .q-field { width: 168px; } .sift .year { width: 112px; } .sift .words { width: 220px; }
.sift .order { width: 128px; }
.job { display: grid; grid-template-columns: 564px minmax(0, 1fr); gap: 6px 26px; padding: 18px 0; align-items: center;
  border-top: 1px solid var(--line); text-decoration: none; color: inherit; }
.strip { display: grid; grid-template-columns: repeat(6, 1fr); gap: 4px; }
.strip img { width: 100%; aspect-ratio: 1; object-fit: cover; background: var(--mat); }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 5px 18px; font-size: 13.5px;
  margin: 0; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.sheet { background: var(--paper) !important; color: var(--ink); padding: 26px; width: min(1180px, 96vw);
  max-width: none !important; box-shadow: none; }
.look { display: grid; grid-template-columns: minmax(0, 1.25fr) minmax(260px, 1fr); gap: 24px 32px; }
.look .made { width: 100%; max-height: 76vh; object-fit: contain; background: var(--mat); }
.origins { display: grid; grid-template-columns: repeat(auto-fill, minmax(110px, 1fr)); gap: 12px; }
.origins img { aspect-ratio: 1; object-fit: cover; }
.stars { font-size: 18px; }
.save { position: sticky; bottom: 0; background: var(--paper); border-top: 1px solid var(--line); padding: 12px 0;
  display: flex; flex-wrap: wrap; gap: 8px 18px; align-items: center; z-index: 5; width: 100%; margin-top: 26px; }
.asked { border-top: 1px solid var(--line); padding: 22px 0; width: 100%; }
.page-of table { border-collapse: collapse; width: auto; max-width: 100%; font-size: 13.5px; margin: 8px 0; }
.page-of table:has(img) { width: 100%; table-layout: fixed; }
.page-of td, .page-of th { padding: 4px 18px 4px 0; border: 0; border-bottom: 1px solid var(--line);
  text-align: left; font-weight: 400; vertical-align: top; }
.page-of th { color: var(--soft); } .page-of td img { width: 100%; max-width: 720px; display: block; }
.page-of td:has(img) { border: 0; }
.page-of h1 { font-size: 24px; } .page-of { overflow-x: auto; }
.decided { display: grid; grid-template-columns: 150px minmax(0, 1fr); gap: 2px 20px; padding: 14px 0; width: 100%;
  border-top: 1px solid var(--line); }
.q-btn { font-weight: 500; } .q-tab__label { font-size: 15px; }
.q-tab-panels, .q-tab-panel { background: none !important; padding: 0; overflow: visible; }
.q-tabs { color: var(--soft); } .q-tab--active { color: var(--ink); }
@media (max-width: 900px) {
  .bench, .look, .job { grid-template-columns: minmax(0, 1fr); }
  .sift .q-field, .sift .words { width: calc(50% - 5px); } .sift .year { width: calc(50% - 5px); }
  .sift .order { width: calc(50% - 5px); }
  .wall { grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 14px 10px; }
  .wall.large { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
  .top { gap: 0 18px; margin-bottom: 18px; } .top .name { width: 100%; } .decided { grid-template-columns: 1fr; }
  .sheet { padding: 16px; } .stars { font-size: 14px; }
}
"""
"""A little more than NiceGUI's own."""

PRIMARY = "#a8552a"
