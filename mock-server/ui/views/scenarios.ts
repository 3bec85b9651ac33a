import { CONTROL_URL } from '../app/api.ts'
import { respond } from '../app/app.ts'
import type { Action, State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { Run } from '../model/api-types.ts'
import { plural } from '../model/entry-text.ts'
import { visibleText } from '../model/visible-text.ts'
import { actionButton, chip, empty, field, valueOf } from './controls.ts'

const TONES = { running: 'warn', passed: 'good', failed: 'bad' }

const EXAMPLE = `name: my scenario
clients: 1
steps:
  - create: {section: 12, title: Hello, state: published, as: story}
  - expect: {delivered: all}
`

/** Stories with a verdict: shipped ones, and one's own. */
export function scenariosView(state: State): TemplateResult {
  const { runs, shipped, yaml } = state
  return html`
    <section aria-label="Runs">
      <h2>Runs</h2>
      ${
        runs.length === 0
          ? empty('No scenario has run yet. A run resets the store first.')
          : html`<ul class="cards">
              ${runs.toReversed().map(runCard)}
            </ul>`
      }
    </section>
    <section aria-label="Shipped scenarios">
      <h2>Shipped</h2>
      <ul class="cards small">
        ${shipped.map(
          (name) =>
            html`<li class="card">
              <h3>${name.replaceAll('-', ' ')}</h3>
              ${actionButton(runAction(`Run ${name}`, `?shipped=${encodeURIComponent(name)}`, ''), 'Run', 'primary')}
            </li>`,
        )}
      </ul>
    </section>
    <section aria-label="Your own scenario">
      <h2>Your own</h2>
      ${field(
        'YAML',
        html`<textarea
          rows="10"
          spellcheck="false"
          .value=${yaml}
          placeholder=${EXAMPLE}
          @input=${(event: Event) => respond((now) => (now.yaml = valueOf(event)))}
        ></textarea>`,
        'Mistakes are listed with line and column when it is run.',
      )}
      <div class="bar">
        ${actionButton(runAction('Run your scenario', '', yaml || EXAMPLE), 'Run', 'primary')}
        ${actionButton(
          {
            label: 'Record what is done',
            call: { method: 'POST', path: '/scenarios/recording' },
          },
          'Record',
        )}
        ${actionButton(
          {
            label: 'End the recording',
            call: { method: 'DELETE', path: '/scenarios/recording' },
            after: (text) => respond((now) => (now.yaml = String(text))),
          },
          'End the recording',
        )}
      </div>
    </section>
  `
}

function runCard({ id, name, state: verdict, at, steps, message, result }: Run): TemplateResult {
  return html`<li class="card" data-testid="run">
    <h3>${id} ${visibleText(name)} ${chip(verdict, TONES[verdict])}</h3>
    <p>
      <small>${plural(steps, 'step')}, at ${visibleText(at.slice(at.lastIndexOf('/') + 1))}</small>
    </p>
    ${message === undefined ? nothing : html`<pre class="xml" tabindex="0" aria-label="Why">${visibleText(message)}</pre>`}
    ${
      result === undefined
        ? nothing
        : html`<p>
            ${plural(result.edits, 'edit')} in ${(result.ms / 1_000).toFixed(1)} s, seed
            ${result.seed};
            ${result.clients.map(
              ({ events, polls, failedPolls, reconnects }, index) =>
                `client ${index + 1}: ${events} events, ${polls} polls (${failedPolls} failed), ${reconnects} reconnects. `,
            )}
          </p>`
    }
    <div class="bar">
      ${
        verdict === 'running'
          ? actionButton(
              { label: `Stop run ${id}`, call: { method: 'DELETE', path: `/scenarios/${id}` } },
              'Stop',
            )
          : html`<a href="${CONTROL_URL}scenarios/${id}/junit" download="run-${id}.xml">JUnit</a>
              <a href="${CONTROL_URL}scenarios/${id}" download="run-${id}.json">JSON</a>`
      }
    </div>
  </li>`
}

function runAction(label: string, query: string, body: string): Action {
  const call = { method: 'POST', path: `/scenarios${query}` } as const
  return {
    label,
    call: body === '' ? call : { ...call, body },
    confirm: `${label}? A run resets the store: its items, faults, clock and journal.`,
  }
}
