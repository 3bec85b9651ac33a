import { respond } from '../app/app.ts'
import type { Action, State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { Fault } from '../model/api-types.ts'
import { plural } from '../model/entry-text.ts'
import type { FaultForm } from '../model/fault-form.ts'
import { asGiven, FAULT_FORMS, faultOfForm } from '../model/fault-form.ts'
import { faultSentence } from '../model/fault-sentence.ts'
import { visibleText } from '../model/visible-text.ts'
import { actionButton, chip, choice, empty, field, valueOf } from './controls.ts'

/** What breaks: the faults that are set, presets, and a form for one more. */
export function faultsView(state: State): TemplateResult {
  const { faults, presets } = state
  return html`
    <section aria-label="Faults that are set">
      <h2>Set now</h2>
      ${
        faults.length === 0
          ? empty('Nothing breaks. Take a preset, or arm a fault below.')
          : html`<ul class="cards">
              ${faults.map((fault) => faultCard(fault))}
            </ul>`
      }
    </section>
    <section aria-label="Presets">
      <h2>Presets</h2>
      <ul class="cards small">
        ${presets.map(
          ({ name, summary }) =>
            html`<li class="card">
              <h3>${name}</h3>
              <p>${summary}</p>
              ${actionButton(setPreset(name), 'Set', 'primary')}
            </li>`,
        )}
      </ul>
    </section>
    <section aria-label="Arm a fault">
      <h2>Arm a fault</h2>
      ${formView(state)}
    </section>
  `
}

function faultCard(fault: Fault): TemplateResult {
  const { name, kind, scope = '', strikes = 0, requests = 0, isHealed, endsInMs } = fault
  const seconds = typeof endsInMs === 'number' ? `${Math.ceil(endsInMs / 1_000)} s left` : 'no end'
  return html`<li class="card">
    <h3>
      ${visibleText(name)}
      ${chip(isHealed === true ? 'healed' : 'active', isHealed === true ? 'quiet' : 'bad')}
    </h3>
    <p>${visibleText(faultSentence(fault))}</p>
    <p>
      <small
        >${kind} ${scope} · ${plural(strikes, 'hit')} in ${plural(requests, 'request')} ·
        ${isHealed === true ? 'over' : seconds}</small
      >
    </p>
    ${actionButton(
      {
        label: `Remove fault ${name}`,
        call: { method: 'DELETE', path: `/faults/${encodeURIComponent(name)}` },
      },
      'Remove',
    )}
  </li>`
}

function formView({ faultForm: form, faults }: State): TemplateResult {
  const known = FAULT_FORMS.find(({ kind }) => kind === form.kind)
  const active = faults.filter(({ isHealed }) => isHealed !== true).map(asGiven)
  const fault = faultOfForm(
    form,
    active.map(({ name }) => name),
  )
  const once = { ...fault, once: true }
  return html`<form class="row-form">
      ${field(
        'What happens',
        choice(
          FAULT_FORMS.map(({ kind }) => kind),
          form.kind,
          chooseKind,
        ),
      )}
      ${field(
        'To what',
        choice(known?.scopes ?? [], form.scope, (scope) => set({ scope })),
      )}
      ${
        known?.parameter === undefined
          ? nothing
          : field(
              known.parameter,
              html`<input
                .value=${form.value}
                @input=${(event: Event) => set({ value: valueOf(event) })}
              />`,
            )
      }
      ${field(
        'Seconds',
        html`<input
          inputmode="numeric"
          .value=${form.ttlSeconds}
          @input=${(event: Event) => set({ ttlSeconds: valueOf(event).replaceAll(/\D/g, '') })}
        />`,
        'Empty: until it is removed.',
      )}
    </form>
    <p data-testid="preview" role="status">${faultSentence(fault)}</p>
    <div class="bar">
      ${actionButton(setPlan('Arm this fault', [...active, fault]), 'Arm', 'primary')}
      ${actionButton(
        setPlan('Arm for the next one only', [...active, once]),
        'Arm for the next request only',
      )}
    </div>
    <small>Setting a plan restarts the faults that are active.</small>`
}

function setPreset(name: string): Action {
  return { label: `Set ${name}`, call: { method: 'PUT', path: `/faults/presets/${name}` } }
}

function setPlan(label: string, faults: readonly Fault[]): Action {
  return { label, call: { method: 'PUT', path: '/faults', body: { faults } } }
}

function set(part: Partial<FaultForm>): void {
  respond((state) => (state.faultForm = { ...state.faultForm, ...part }))
}

function chooseKind(kind: string): void {
  const known = FAULT_FORMS.find((form) => form.kind === kind)
  respond(({ faultForm }) => {
    const scopes = known?.scopes ?? []
    const scope = scopes.includes(faultForm.scope) ? faultForm.scope : (scopes[0] ?? '')
    set({ kind, scope, value: String(known?.value ?? '') })
  })
}
