import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { Effects } from '../model/api-types.ts'
import type { EffectRow } from '../model/effects.ts'
import { effectRows } from '../model/effects.ts'
import { plural } from '../model/entry-text.ts'
import { shortened, visibleText } from '../model/visible-text.ts'
import { bytesView, chip, empty, table } from './controls.ts'

/** Lines and polls of one row that are drawn. */
const MAX_SHOWN = 20

type Timed = Effects['lines'][number] | EffectRow['polls'][number] | Effects['faults'][number]

/** What the latest change of an item caused: rows, lines, who got them and who polled, and faults. */
export function effectsView({ item, effects }: State): TemplateResult {
  if (item === undefined || effects?.change == null)
    return empty('The journal has nothing about the latest change: save the item, and look again.')
  const { change, lines, moreLines, moreClients, morePolls, faults, moreFaults } = effects
  const unshownLines = Math.max(0, lines.length - MAX_SHOWN) + moreLines
  const rows = effectRows(effects)
  return html`<div class="effects">
    <p>
      Change <b>${item.changeId}</b> at <time datetime=${change.at}>${change.at}</time>
      <a href="#/log?correlation=change-${item.changeId}">in the log</a>
    </p>
    <h3>Rows ${chip(String(change.logs.length), 'quiet')}</h3>
    <ul>
      ${change.logs.map((log) => html`<li><code>${log}</code></li>`)}
    </ul>
    <h3>Lines sent ${chip(String(lines.length + moreLines), 'quiet')}</h3>
    ${
      lines.length === 0
        ? html`<p>None: no client listens. <code>curl -N</code> on the stream makes one.</p>`
        : html`<ol>
            ${lines.slice(0, MAX_SHOWN).map(
              (line) =>
                html`<li>
                  <small>${after(line)} to ${plural(line.clients, 'client')}</small>
                  ${bytesView(line.text, 'Bytes of the frame')}
                </li>`,
            )}
            ${unshownLines > 0 ? html`<li>and ${unshownLines} more</li>` : nothing}
          </ol>`
    }
    <h3>Who got it, and who polled</h3>
    ${
      rows.length === 0
        ? html`<p>No one yet.</p>`
        : table(
            'Deliveries and polls',
            ['Client', 'Delivered', 'Polled'],
            rows.map((row) => rowView(row, faults)),
          )
    }
    ${moreClients > 0 ? html`<p>And ${plural(moreClients, 'more client')}.</p>` : nothing}
    ${morePolls > 0 ? html`<p>And ${plural(morePolls, 'more poll')}.</p>` : nothing}
    <h3>
      Faults that struck
      ${chip(String(faults.length + moreFaults), faults.length === 0 ? 'quiet' : 'bad')}
    </h3>
    ${listOf(faults, (fault) => `${fault.name} (${fault.fault}) ${fault.client ?? ''}`, 'None.', moreFaults)}
  </div>`
}

function rowView(
  { client, who, polls, alike }: EffectRow,
  faults: Effects['faults'],
): TemplateResult {
  const struck = faults.filter((fault) => client !== undefined && fault.client === client.client)
  const { remoteAddress, userAgent } = who
  return html`<tr>
    <td>
      <b>${client?.client ?? 'no stream'}</b>
      ${client?.left === true ? chip('left', 'quiet') : nothing}
      ${struck.map(({ name }) => chip(`⚡ ${visibleText(name)}`, 'bad'))}
      <div class="text">
        <small>${shortened(visibleText(userAgent ?? 'no user agent'), 80)}, ${remoteAddress}</small>
      </div>
    </td>
    <td>${client === undefined ? '–' : listOf(client.deliveries, () => '', 'not yet')}</td>
    <td>
      ${alike > 1 && polls.length > 0 ? html`<small>one of ${alike} that look the same</small>` : nothing}
      ${listOf(polls, ({ log, status }) => `${shortLog(log)}, ${status ?? 'cut off'}`, 'not yet')}
    </td>
  </tr>`
}

function listOf<T extends Pick<Timed, 'at' | 'afterMs'>>(
  all: readonly T[],
  text: (one: T) => string,
  none: string,
  unlisted = 0,
): TemplateResult {
  if (all.length === 0) return html`${none}`
  const more = Math.max(0, all.length - MAX_SHOWN) + unlisted
  return html`<ol>
    ${all
      .slice(0, MAX_SHOWN)
      .map(
        (one) =>
          html`<li>
            <time datetime=${one.at} title=${one.at}>${after(one)}</time> ${visibleText(text(one))}
          </li>`,
      )}
    ${more > 0 ? html`<li>and ${more} more</li>` : nothing}
  </ol>`
}

function shortLog(log: string): string {
  return log.split('/changelog/').at(-1) ?? log
}

/** How long after the change. */
function after({ at, afterMs }: Pick<Timed, 'at' | 'afterMs'>): string {
  return afterMs === null ? at : `+${afterMs} ms`
}
