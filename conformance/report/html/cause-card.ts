import type { LoadedTarget } from '../../drivers/load-target.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Result } from '../../runner/run.ts'
import { effectOf, examplesFor, type Cause } from '../causes/causes.ts'
import { escapeHtml } from '../escape.ts'
import { rerunCommand } from '../rerun.ts'
import { wireTable } from './wire-table.ts'

/**
 * One cause: its lead with everything that helps to mend it, and the others with their own
 * findings.
 */
export function causeCard({ title, usually, lead, others }: Cause, target: LoadedTarget): string {
  const { check, verdict } = lead
  const more = others.length === 0 ? '' : ` <span class="dim">${others.length + 1} checks</span>`
  return [
    `<section class="cause ${verdict.kind}" id="cause-${escapeHtml(check.id)}">`,
    `<h3><span class="kind ${verdict.kind}">${verdict.kind}</span> ${escapeHtml(title)}${more}</h3>`,
    details(lead, target, [['check', line(lead, false)]], usually),
    others.length === 0
      ? ''
      : `<details class="same"><summary>the same: ${others.length} more</summary><ul>${others
          .map((other) => `<li>${line(other)}${details(other, target)}</li>`)
          .join('')}</ul></details>`,
    '</section>',
  ].join('\n')
}

/** A check with a link to its row. */
function line({ check, verdict }: Result<Rig>, hasKind = true): string {
  const id = escapeHtml(check.id)
  const kind = `<span class="kind ${verdict.kind}">${verdict.kind}</span> `
  return `${hasKind ? kind : ''}<a href="#${id}"><code>${id}</code></a> ${escapeHtml(check.title)}`
}

/** A command whose lines do not break inside a flag: `-` and `-role` would look like two words. */
function command(text: string): string {
  const words = text.split(' ').map(escapeHtml)
  return words.map((word) => (word.startsWith('-') ? `<span>${word}</span>` : word)).join(' ')
}

type Row = readonly [name: string, html: string]

function details(
  result: Result<Rig>,
  target: LoadedTarget,
  first: readonly Row[] = [],
  usually?: string,
): string {
  const { check, verdict, transcript } = result
  const rows: readonly Row[] = [
    ...first,
    ['finding', escapeHtml(verdict.reason)],
    ['usually', escapeHtml(usually ?? '')],
    ['for example', escapeHtml(examplesFor(result))],
    ['for users', escapeHtml(effectOf(result))],
    ['observed', check.level === 'gate' && usually === undefined ? escapeHtml(check.meaning) : ''],
    ['rule', escapeHtml(`${check.source} (${check.level}, ${check.basis})`)],
    ['see it again', `<pre>${command(rerunCommand(target, check.id))}</pre>`],
  ]
  const shown = rows.filter(([, value]) => value !== '')
  return `<dl>${shown.map(([name, value]) => `<dt>${name}<dd>${value}`).join('')}</dl>${wireTable(transcript)}`
}
