import { CONTROL_URL } from '../app/api.ts'
import { offsetOf, setScenario } from '../app/scenario-text.ts'
import type { Action, State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { Mistake, Run } from '../model/api-types.ts'
import { plural } from '../model/entry-text.ts'
import { visibleText } from '../model/visible-text.ts'
import { actionButton, button, chip, empty, field, textView, valueOf } from './controls.ts'

const TONES = { running: 'warn', paused: 'accent', passed: 'good', failed: 'bad' }

const EXAMPLE = `name: my scenario
clients: 1
steps:
  - create: {section: 12, title: Hello, state: published, as: story}
  - expect: {delivered: all}
`

/** Stories with a verdict: shipped ones, and one's own. */
export function scenariosView(state: State): TemplateResult {
  const { runs, shipped } = state
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
              <div class="bar">
                ${runButtons(state, name, `shipped=${encodeURIComponent(name)}`)}
              </div>
            </li>`,
        )}
      </ul>
    </section>
    <section aria-label="Your own scenario">${editorView(state)}</section>
  `
}

/** The text of a scenario, and what the store says about it. */
function editorView(state: State): TemplateResult {
  const { yaml, mistakes } = state
  return html`
    <h2>Your own</h2>
    ${field(
      'YAML',
      html`<textarea
        rows="12"
        spellcheck="false"
        data-yaml
        .value=${yaml}
        placeholder=${EXAMPLE}
        @input=${(event: Event) => setScenario(valueOf(event))}
      ></textarea>`,
    )}
    <div role="status" data-testid="mistakes">${mistakesView(yaml, mistakes)}</div>
    <div class="bar">
      ${runButtons(state, 'your scenario', '', yaml || EXAMPLE)}
      ${yaml === '' ? button('Begin with an example', () => setScenario(EXAMPLE)) : nothing}
      ${actionButton(
        { label: 'Record what is done', call: { method: 'POST', path: '/scenarios/recording' } },
        'Record',
      )}
      ${actionButton(
        {
          label: 'End the recording',
          call: { method: 'DELETE', path: '/scenarios/recording' },
          after: (text) => setScenario(String(text)),
        },
        'End the recording',
      )}
    </div>
  `
}

function mistakesView(yaml: string, mistakes: State['mistakes']): TemplateResult {
  if (yaml === '') return html`<small>It is checked while you type.</small>`
  if (mistakes === undefined) return html`<small>Checking …</small>`
  if (mistakes.length === 0) return chip('✓ it can run', 'good')
  return html`<ul>
    ${mistakes.map(
      (mistake) =>
        html`<li>
          ${button(`line ${mistake.line}, column ${mistake.column}`, () => showMistake(yaml, mistake))}
          <code>${visibleText(mistake.path)}</code> ${visibleText(mistake.message)}
        </li>`,
    )}
  </ul>`
}

/** Selects what follows the place of a mistake in its line. */
function showMistake(yaml: string, mistake: Mistake): void {
  const box = document.querySelector<HTMLTextAreaElement>('[data-yaml]')
  const start = offsetOf(yaml, mistake)
  const lineEnd = yaml.indexOf('\n', start)
  box?.focus()
  box?.setSelectionRange(start, lineEnd === -1 ? yaml.length : lineEnd)
}

function runCard({
  id,
  name,
  state: verdict,
  at,
  next,
  steps,
  message,
  result,
}: Run): TemplateResult {
  return html`<li class="card" data-testid="run">
    <h3>${id} ${visibleText(name)} ${chip(verdict, TONES[verdict])}</h3>
    <p>
      <small>${plural(steps, 'step')}, at ${visibleText(at.slice(at.lastIndexOf('/') + 1))}</small>
      ${next === undefined ? nothing : html`next: <b>${visibleText(next)}</b>`}
    </p>
    ${message === undefined ? nothing : textView(message, 'Why')}
    ${
      result === undefined
        ? nothing
        : html`<p>
            ${plural(result.edits, 'edit')} in ${(result.ms / 1_000).toFixed(1)} s, seed
            ${result.seed};
            ${result.clients.map(
              ({ events, polls, failedPolls, reconnects }, index) =>
                `client ${index + 1}: ${plural(events, 'event')}, ${plural(polls, 'poll')} (${failedPolls} failed), ${plural(reconnects, 'reconnect')}. `,
            )}
          </p>`
    }
    <div class="bar">
      ${verdict === 'passed' || verdict === 'failed' ? reportLinks(id) : commands(id, verdict)}
    </div>
  </li>`
}

function reportLinks(id: number): TemplateResult {
  return html`<a href="${CONTROL_URL}scenarios/${id}/junit" download="run-${id}.xml">JUnit</a>
    <a href="${CONTROL_URL}scenarios/${id}" download="run-${id}.json">JSON</a>`
}

/** What can be done to a run that has not ended. */
function commands(id: number, verdict: Run['state']): TemplateResult {
  const path = `/scenarios/${id}`
  const stop = { label: `Stop run ${id}`, call: { method: 'DELETE', path } } as const
  return html`${
    verdict === 'running'
      ? nothing
      : [
          actionButton(
            { label: `Step of run ${id}`, call: { method: 'POST', path: `${path}/step` } },
            'Step',
            'primary',
          ),
          actionButton(
            { label: `Resume run ${id}`, call: { method: 'POST', path: `${path}/resume` } },
            'Resume',
          ),
        ]
  }
  ${actionButton(stop, 'Stop')}`
}

/** Buttons that run a scenario, at once and step by step. */
function runButtons(
  { info }: State,
  name: string,
  query: string,
  body?: string,
): readonly unknown[] {
  const run = (label: string, asked: string): Action => ({
    label,
    call: { method: 'POST', path: asked === '' ? '/scenarios' : `/scenarios?${asked}`, body },
    confirm: `${label}? A run resets the store: its ${plural(info?.items ?? 0, 'item')}, faults, clock and journal.`,
  })
  const stepped = query === '' ? 'step=true' : `${query}&step=true`
  return [
    actionButton(run(`Run ${name}`, query), 'Run', 'primary'),
    actionButton(run(`Step through ${name}`, stepped), 'Step through'),
  ]
}
