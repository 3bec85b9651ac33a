import { act, pointAt } from '../app/act.ts'
import { state } from '../app/app.ts'
import type { Action } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { Section } from '../model/api-types.ts'
import { visibleBreaks, visibleLines, visibleText } from '../model/visible-text.ts'

type Shown = TemplateResult | typeof nothing

/** Lines of a stream that are drawn. */
const MAX_LINES = 300

/** A button that does something to the store. Pointing at it shows its command. */
export function actionButton(action: Action, text: string, style = ''): Shown {
  const { settings } = state.info ?? {}
  if (action.confirm !== undefined && settings?.['hideDestructive'] === true) return nothing
  const isOff = settings?.['uiReadonly'] === true && action.call.method !== 'GET'
  return html`<button
    type="button"
    class=${style}
    aria-label=${nameOf(action, text)}
    title=${isOff ? 'The page may only read: --ui-readonly' : action.label}
    ?disabled=${isOff}
    @click=${() => act(action)}
    @mouseenter=${() => pointAt(action)}
    @focus=${() => pointAt(action)}
  >
    ${text}
  </button>`
}

/** A button that changes only what the page shows. */
export function button(text: string, onClick: () => void, style = ''): TemplateResult {
  return html`<button type="button" class=${style} @click=${onClick}>${text}</button>`
}

/** Its label, which has what is seen in it. */
function nameOf({ label }: Action, text: string): string {
  return label.toLowerCase().includes(text.toLowerCase()) ? label : `${text}: ${label}`
}

/** A field with its name above it. */
export function field(label: string, control: TemplateResult, hint = ''): TemplateResult {
  return html`<label class="field"
    ><span>${label}</span>${control}${hint === '' ? nothing : html`<small>${hint}</small>`}</label
  >`
}

/** One of several texts. */
export function choice(
  texts: readonly string[],
  chosen: string,
  choose: (text: string) => void,
): TemplateResult {
  return html`<select @change=${(event: Event) => choose(valueOf(event))}>
    ${texts.map((text) => html`<option .selected=${text === chosen}>${text}</option>`)}
  </select>`
}

/** The choices of a list of sections. */
export function sectionOptions(
  sections: readonly Section[],
  chosen: number,
): readonly TemplateResult[] {
  return sections.map(
    ({ id, name }) =>
      html`<option .selected=${id === chosen} value=${id}>${visibleText(name)}</option>`,
  )
}

/** A text with line breaks, in which no other character is invisible. */
export function textView(text: string, label: string): TemplateResult {
  return preView(visibleBreaks(text), label)
}

/** The newest bytes of a stream, with visible line ends. */
export function bytesView(text: string, label: string): TemplateResult {
  return preView(visibleLines(text).slice(-MAX_LINES).join('\n'), label)
}

/** Text, or parts of it, as it is laid out. */
export function preView(shown: unknown, label: string): TemplateResult {
  return html`<pre tabindex="0" aria-label=${label}>${shown}</pre>`
}

/** A table that scrolls when it is too wide. */
export function table(
  label: string,
  columns: readonly string[],
  rows: readonly TemplateResult[],
): TemplateResult {
  return html`<div class="table-box" tabindex="0" role="region" aria-label=${label}>
    <table>
      <thead>
        <tr>
          ${columns.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}

/** A name and what belongs to it, in a list. */
export function pair(name: string, value: unknown): TemplateResult {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`
}

/** What is shown while there is nothing to show, with what to do about it. */
export function empty(text: string, action: Shown = nothing): TemplateResult {
  return html`<div class="empty">
    <p>${text}</p>
    ${action}
  </div>`
}

export function chip(text: string, tone: string): TemplateResult {
  return html`<span class="chip ${tone}">${text}</span>`
}

/** The value of the input that an event is about. */
export function valueOf({ target }: Event): string {
  const isInput =
    target instanceof HTMLInputElement ||
    target instanceof HTMLSelectElement ||
    target instanceof HTMLTextAreaElement
  return isInput ? target.value : ''
}

/** The time of the store now, which runs on between two answers. */
export function storeMs(): number {
  const { info, infoAtMs } = state
  if (info === undefined) return Date.now()
  return Date.parse(info.clock.at) + (info.clock.frozen ? 0 : performance.now() - infoAtMs)
}

/** A time of day with its milliseconds, as the store writes it. */
export function timeOf(at: string): string {
  return at.slice(11, 23)
}
