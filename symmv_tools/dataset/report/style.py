"""How the report looks: the colours of the song pages, by day and by night, on a phone and on a desk."""

STYLE = """
:root { --ink: #22262b; --faint: #5d6670; --paper: #fcfbf8; --card: #f3f1ec; --line: #dedbd3;
  --series-0: #0072b2; --series-1: #d55e00; --series-2: #00785a; --series-3: #a84c86; --series-4: #8a6d00;
  --series-5: #6b5bb8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --faint: #a4acb5; --paper: #16191d;
  --card: #1f242a; --line: #39404a; --series-0: #56b4e9; --series-1: #f08a4b; --series-2: #35c49a;
  --series-3: #e39ac6; --series-4: #e3c04a; --series-5: #a99bf0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.8rem; line-height: 1.2; }
h2 { margin: 2.4rem 0 .6rem; font-size: 1.3rem; line-height: 1.25; }
h3 { margin: 0 0 .3rem; font-size: 1rem; }
p { margin: .4rem 0; max-width: 46rem; }
a { color: inherit; text-decoration-color: var(--series-0); text-underline-offset: .15em; }
code { font-size: .9em; background: var(--card); border-radius: 4px; padding: .05em .3em; }
header p, figcaption, caption, dt, thead th, small { color: var(--faint); }
.missing { border-left: 3px solid var(--series-1); padding: .1rem 0 .1rem .7rem; }
nav ul, .legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .6rem 0; padding: 0;
  list-style: none; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .6rem;
  margin: 1rem 0; }
.tiles div { display: flex; flex-direction: column-reverse; background: var(--card); border-radius: 8px;
  padding: .5rem .8rem; }
.tiles dt { font-size: .85rem; }
.tiles dd { margin: 0; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr));
  gap: 1.6rem; margin: 1rem 0; }
figure { margin: 0; display: flex; flex-direction: column; }
figcaption { font-size: .85rem; margin-top: .3rem; }
.legend { margin: 0 0 .2rem; font-size: .85rem; }
.key { margin-right: .4em; }
.swatch { display: inline-block; width: .75em; height: .75em; border-radius: 2px; }
svg.plot { display: block; width: 100%; height: auto; }
svg.plot * { stroke-linejoin: round; stroke-linecap: butt; }
svg.plot text { font-family: system-ui, sans-serif !important; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; font-size: .92rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .3rem; font-size: .85rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 500; }
thead th, .number { overflow-wrap: normal; }
tbody th { min-width: 5.6rem; }
.number { text-align: right; }
.columns { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr));
  gap: 0 2rem; align-items: start; }
.bars { max-width: 46rem; }
.bars td:last-child { width: 35%; padding-right: 0; vertical-align: middle; }
.bar { display: block; height: .7rem; border-radius: 3px; background: linear-gradient(var(--series-0) 0 0)
  0 / var(--share) 100% no-repeat var(--card); }
@media (max-width: 600px) { body { padding: .8rem; } table { font-size: .82rem; }
  th, td { padding-right: .45rem; } tbody th { min-width: 4.6rem; } }
"""
