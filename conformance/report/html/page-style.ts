/** The style of the report: two lanes of the wire on a wide screen, one column at 400 px. */
export const PAGE_STYLE = `
:root { color-scheme: light; --bad: #b3261e; --warn: #8a5a00; --ok: #18733b; --dim: #5a5a5a; --line: #ddd }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72em; padding: 1em; color: #1c1c1c; background: #fff; overflow-wrap: anywhere }
h1 { font-size: 1.5em; margin: .3em 0 } h2 { font-size: 1.2em; margin: 2em 0 .5em } h3 { font-size: 1em; margin: 0 }
code, pre { font: 13px/1.4 ui-monospace, monospace } a { color: #174ea6 } small, .dim { color: var(--dim) }
pre { white-space: pre-wrap; background: #f6f6f4; padding: .5em .7em; margin: .3em 0 } pre span { white-space: nowrap }
.kind { font-weight: 600; white-space: nowrap } .PASS { color: var(--ok) } .FAIL, .ERROR { color: var(--bad) }
.WARN, .INCONCLUSIVE { color: var(--warn) } .INFO, .SKIP, .BLOCKED { color: var(--dim) }
.cause { border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 4px; padding: .8em 1em; margin: 1em 0 }
.cause.WARN, .cause.INCONCLUSIVE { border-left-color: var(--warn); color: inherit } .cause.FAIL, .cause.ERROR { color: inherit }
dl { display: grid; grid-template-columns: 8em 1fr; gap: .3em 1em; margin: .6em 0 } dt { color: var(--dim) } dd { margin: 0; white-space: pre-line }
summary { cursor: pointer } details { margin: .3em 0 }
.index li, .same li { margin: .15em 0 } .index { padding-left: 2.2em }
.filter { display: flex; flex-wrap: wrap; gap: .4em; margin: .6em 0; position: sticky; top: 0; background: #fff; padding: .4em 0 }
.filter button { font: inherit; border: 1px solid var(--line); border-radius: 1em; background: #fff; padding: .1em .8em; cursor: pointer }
.filter button[aria-pressed=true] { background: #1c1c1c; color: #fff } .filter input { font: inherit; flex: 1 1 12em; min-width: 0; padding: .1em .6em }
.check { display: grid; grid-template-columns: 8.5em 1fr 12em 5.5em; gap: 0 1em; border-bottom: 1px solid var(--line); padding: .3em 0 }
.check[hidden] { display: none } .check:target, .cause:target { background: #fff8e1 } .ms { text-align: right; color: var(--dim) }
.wire { border-collapse: collapse; width: 100%; table-layout: fixed; background: #f6f6f4; font: 12px/1.4 ui-monospace, monospace; margin: .5em 0 }
.wire td, .wire th { text-align: left; vertical-align: top; padding: .2em .5em; border-bottom: 1px solid #e6e6e2; overflow-wrap: anywhere }
.wire th:first-child, .wire td:first-child { width: 5.5em; text-align: right } .wire td:nth-child(2) { color: #174ea6 } .wire td:nth-child(3) { color: #7a3e00 }
@media (max-width: 640px) {
  body { padding: .6em } dl { display: block } dt { margin-top: .4em } .check { grid-template-columns: 1fr auto } .check > :nth-child(2), .check > :nth-child(3) { grid-column: 1 / -1; grid-row: auto }
  .check > .ms { grid-column: 2; grid-row: 1 } .wire td { display: block; width: auto; border: 0; padding: 0 .5em } .wire td:first-child { width: auto; text-align: left; padding-top: .3em; color: var(--dim) }
  .wire tr:first-child { display: none } .wire td:empty { display: none }
}
@media print { .filter { display: none } }`
