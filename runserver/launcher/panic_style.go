package main

// pageStyle is the look of every page of errors: of those that the launcher
// makes, and of the supervisor's, which reads it from this file. It needs no
// font, no script and no second request. It contains no backquote.
const pageStyle = `
:root {
  color-scheme: light dark;
  --back: #f5f5f7; --card: #fff; --text: #1b1c20; --soft: #62656e; --line: #e2e3e8;
  --bad: #b3261e; --bad-back: #fdecea; --bad-line: #f5c6c2; --link: #0a58a8;
  --code: #fafafb; --mine: #eef4fc;
  --mono: ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #141518; --card: #1c1e22; --text: #e7e8eb; --soft: #9da1ab; --line: #2f3238;
    --bad: #ff8b82; --bad-back: #3b1f1f; --bad-line: #6a302d; --link: #82b9ff;
    --code: #17191c; --mine: #1d2836;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header { border-top: 5px solid var(--bad); background: var(--card); border-bottom: 1px solid var(--line); }
header > div, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
header > div { padding-top: 1.6rem; padding-bottom: 1.5rem; }
.kind { margin: 0; color: var(--bad); font-weight: 600; font-size: .875rem; overflow-wrap: anywhere; }
h1 { margin: .15rem 0 0; font-size: 1.75rem; line-height: 1.25; letter-spacing: -.015em; overflow-wrap: anywhere; white-space: pre-wrap; }
.lead { margin: .5rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
main { padding-top: 1.5rem; }
main > h2:first-child { margin-top: 0; }
h2 { margin: 2rem 0 .75rem; font-size: 1.125rem; }
h3 { margin: 1.1rem 0 .3rem; font-size: .9375rem; }
a { color: var(--link); text-underline-offset: .15em; }
a:hover { text-decoration-thickness: 2px; }
code, pre, .says, .place, .facts td, .facts th { font-family: var(--mono); font-size: .875rem; }
pre { margin: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: 0 0 1.1rem; overflow: hidden; }
.card > .head { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; margin: 0; padding: .65rem 1rem; border-bottom: 1px solid var(--line); font-size: .9375rem; font-weight: 600; }
.card .count { color: var(--soft); font: .8125rem/1.5 system-ui, sans-serif; }
.problem + .problem { border-top: 1px solid var(--line); }
.problem > div { display: flex; flex-wrap: wrap; gap: .1rem 1.5rem; align-items: baseline; justify-content: space-between; padding: .7rem 1rem; }
.says { margin: 0; color: var(--bad); font-weight: 600; white-space: pre-wrap; overflow-wrap: anywhere; }
.text { padding: .9rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-family: var(--mono); font-size: .875rem; }
.hint { border-left: 4px solid var(--link); padding: .75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.hint b { color: var(--link); }
.place { overflow-wrap: anywhere; font-weight: 500; }
form { display: inline; }
button.place { border: 0; padding: 0; background: none; color: var(--link); cursor: pointer; text-align: left; text-decoration: underline; text-underline-offset: .15em; }
code.place { user-select: all; color: var(--soft); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.code { overflow-x: auto; background: var(--code); border-top: 1px solid var(--line); padding: .5rem 0; tab-size: 4; line-height: 1.6; }
.code > code { display: inline-block; min-width: 100%; }
.row { display: flex; padding-right: 1rem; border-left: 4px solid transparent; white-space: pre; }
.row > i { flex: none; width: 3.25rem; padding-right: 1rem; text-align: right; font-style: normal; color: var(--soft); user-select: none; opacity: .75; }
.row.at { background: var(--bad-back); border-left-color: var(--bad); }
.row.at > i { color: var(--bad); opacity: 1; font-weight: 600; }
.row.caret { color: var(--bad); background: var(--bad-back); border-left-color: var(--bad); font-weight: 700; line-height: 1; padding-bottom: .35rem; }
.output { padding: .9rem 1rem; overflow-x: auto; tab-size: 4; line-height: 1.55; }
.output .mine { background: var(--mine); font-weight: 600; display: inline-block; min-width: 100%; }
details > summary { cursor: pointer; padding: .65rem 1rem; font-weight: 600; font-size: .9375rem; overflow-wrap: anywhere; }
details[open] > summary { border-bottom: 1px solid var(--line); }
details.frame > summary { font-weight: 400; }
details.frame > summary b { font-family: var(--mono); font-size: .875rem; }
details.frame[open] > summary { border-bottom: 0; }
.frame + .frame { border-top: 1px solid var(--line); }
.at-place { display: block; padding: 0 1rem .6rem; }
.stack { list-style: none; margin: 0; padding: .5rem 1rem; }
.stack li { padding: .2rem 0; overflow-wrap: anywhere; }
.stack li.mine { background: var(--mine); margin: 0 -1rem; padding: .2rem 1rem; }
.stack li.mine code:first-child { font-weight: 700; }
.stack code { display: block; }
.stack code + code { color: var(--soft); }
.inside { padding: 0 1rem 1rem; }
.facts { width: 100%; border-collapse: collapse; table-layout: fixed; }
.facts th, .facts td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; white-space: pre-wrap; }
.facts tr:first-child > * { border-top: 0; }
.facts th { width: 15rem; font-weight: 500; color: var(--soft); }
.none { margin: 0; color: var(--soft); font-size: .875rem; }
.chain { margin: 0; padding: .75rem 1rem .75rem 2.4rem; }
.chain li { overflow-wrap: anywhere; padding: .1rem 0; }
.chain span { white-space: pre-wrap; font-family: var(--mono); font-size: .875rem; }
.type { color: var(--soft); font-family: var(--mono); font-size: .8125rem; }
footer { color: var(--soft); font-size: .875rem; padding-top: .5rem; padding-bottom: 2.5rem; }
footer p { margin: 0 0 .4rem; }
@media (max-width: 40rem) {
  header > div, main, footer { padding-left: 1rem; padding-right: 1rem; }
  header > div { padding-top: 1.1rem; padding-bottom: 1.1rem; }
  h1 { font-size: 1.35rem; }
  code, pre, .says, .place, .text, .facts td, .facts th { font-size: .8125rem; }
  .row > i { width: 2.6rem; padding-right: .7rem; }
  .facts, .facts tbody, .facts tr, .facts th, .facts td { display: block; width: 100%; }
  .facts td { border-top: 0; padding-top: 0; }
  .facts tr:first-child > td { padding-top: 0; }
}
`
