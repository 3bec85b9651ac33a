import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html } from '../lit.ts'
import type { Effects } from '../model/effects.ts'
import { afterChange, effectsOf, receiversOf } from '../model/effects.ts'
import type { Entry } from '../model/entry.ts'
import { entryText, plural } from '../model/entry-text.ts'
import { visibleLines } from '../model/visible-text.ts'
import { chip, empty } from './controls.ts'

/** What the latest change of an item caused: rows, lines, deliveries, polls, and struck faults. */
export function effectsView({ item, effects: entries, clients, info }: State): TemplateResult {
  const effects = effectsOf(entries)
  const { change, frames, polls, faults } = effects
  if (item === undefined || change === undefined)
    return empty('The journal has nothing about the latest change: save the item, and look again.')
  const logs = change.change?.logs ?? []
  const to = frames.map((frame) => receiversOf(frame, clients))
  return html`<div class="effects">
    <p>
      Change <b>${item.changeId}</b> at <time datetime=${change.at}>${change.at}</time>
      <a href="#/log?correlation=change-${item.changeId}">in the log</a>
    </p>
    <h3>Rows ${chip(String(logs.length), 'quiet')}</h3>
    <ul>
      ${logs.map((log) => html`<li><code>${log}</code></li>`)}
    </ul>
    <h3>Lines sent ${chip(String(frames.length), 'quiet')}</h3>
    ${
      frames.length === 0
        ? html`<p>None: no client listens. <code>curl -N</code> on the stream makes one.</p>`
        : html`<p>To ${[...new Set(to)].join(', ')}.</p>
            <ol>
              ${frames.map(
                (frame) =>
                  html`<li>
                    <small>${afterChange(effects, frame)}</small>
                    <pre class="raw" tabindex="0" aria-label="Bytes of the frame">
${visibleLines(frame.text).map((line) => html`<span>${line}</span>`)}</pre>
                  </li>`,
              )}
            </ol>`
    }
    <h3>Polls that read the row ${chip(String(polls.length), 'quiet')}</h3>
    ${listOf(effects, polls, `None yet, of ${plural(info?.clients ?? 0, 'client')}.`)}
    <h3>
      Faults that struck ${chip(String(faults.length), faults.length === 0 ? 'quiet' : 'bad')}
    </h3>
    ${listOf(effects, faults, 'None.')}
  </div>`
}

function listOf(effects: Effects, entries: readonly Entry[], none: string): TemplateResult {
  if (entries.length === 0) return html`<p>${none}</p>`
  return html`<ol>
    ${entries.map(
      (entry) => html`<li><small>${afterChange(effects, entry)}</small> ${entryText(entry)}</li>`,
    )}
  </ol>`
}
