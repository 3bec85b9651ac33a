import { generate, saveAsScenario, stopGenerator } from '../app/generator.ts'
import { respond } from '../app/app.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { Mix } from '../model/editing-mix.ts'
import { MIX_PRESETS, secondsLeft } from '../model/editing-mix.ts'
import { actionButton, button, choice, field, valueOf } from './controls.ts'
import { rateChart } from './rate-chart.ts'

const BULK = [100, 1_000, 10_000]

/** Many edits: at a rate, or all at once. */
export function generatorView(state: State): TemplateResult {
  const { mix, generator } = state
  // On a shared store, what destroys is not offered.
  const isHidden = state.info?.settings['hideDestructive'] === true
  const isOff = state.info?.settings['uiReadonly'] === true
  return html`
    <section aria-label="Edits at a rate">
      <h2>Edits at a rate</h2>
      <div class="bar">
        ${MIX_PRESETS.map(({ title, mix: preset }) =>
          button(title, () => respond((now) => (now.mix = preset))),
        )}
      </div>
      <form class="row-form">
        ${number('Edits', 'total', mix)} ${number('Edits per second', 'perSecond', mix)}
        ${field(
          'Arrival',
          choice(['even', 'random'], mix.arrival, (arrival) =>
            set({ arrival: arrival === 'random' ? arrival : 'even' }),
          ),
          'Random: as in a Poisson process.',
        )}
        ${mix.arrival === 'random' ? number('Seed', 'seed', mix) : nothing}
        ${number('Create', 'create', mix)} ${number('Update', 'update', mix)}
        ${number('Publish', 'publish', mix)} ${isHidden ? nothing : number('Delete', 'delete', mix)}
      </form>
      <div class="bar">
        ${
          generator.running
            ? button('Stop', stopGenerator, 'danger')
            : html`<button
                type="button"
                class="primary"
                ?disabled=${isOff}
                @click=${() => void generate(mix)}
              >
                Start ${mix.total} edits
              </button>`
        }
        ${button('Save as scenario', () => saveAsScenario(mix))} ${progress(state)}
      </div>
      <small
        >Create, update, publish and delete are shares of all edits. Each edit is one call of
        <code>/__mock/items</code>, in the section that is chosen in the Studio.</small
      >
    </section>
    <section aria-label="Many items at once">
      <h2>Many items at once</h2>
      <p>The same seed draws the same items. Each is a change that every client sees.</p>
      <div class="bar">
        ${BULK.map((count) =>
          actionButton(
            {
              label: `Create ${count} items`,
              call: { method: 'POST', path: '/items/generate', body: { count, seed: 7 } },
            },
            `Create ${count}`,
          ),
        )}
      </div>
    </section>
    <section aria-label="Changes in time">
      <h2>Changes in the last minute</h2>
      ${rateChart(state)}
    </section>
  `
}

function progress({ generator, mix }: State): TemplateResult {
  const { running, done, wanted, startedMs, note } = generator
  if (wanted === 0) return html``
  const passedMs = performance.now() - startedMs
  const left = running ? secondsLeft(mix, done, passedMs) : undefined
  return html`<progress aria-label="Edits that are made" max=${wanted} value=${done}></progress>
    <span role="status" data-testid="generated"
      >${done} of
      ${wanted}${left === undefined ? nothing : `, ${left} s left`}${note && ` · ${note}`}</span
    >`
}

function number(label: string, name: Exclude<keyof Mix, 'arrival'>, mix: Mix): TemplateResult {
  return field(
    label,
    html`<input
      type="number"
      min="0"
      max="100000"
      .value=${String(mix[name])}
      @input=${(event: Event) =>
        set({ [name]: Math.max(0, Math.floor(Number(valueOf(event)))) || 0 })}
    />`,
  )
}

function set(part: Partial<Mix>): void {
  respond((state) => (state.mix = { ...state.mix, ...part }))
}
