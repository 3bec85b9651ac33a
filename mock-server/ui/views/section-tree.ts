import { copy } from '../app/act.ts'
import { STORE_URL } from '../app/api.ts'
import { respond } from '../app/app.ts'
import { loadContent } from '../app/refresh.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { Section } from '../model/api-types.ts'
import { plural } from '../model/entry-text.ts'
import { visibleText } from '../model/visible-text.ts'
import { actionButton, button, valueOf } from './controls.ts'

/** Sections that are drawn; the search finds items of the others. */
const MAX_SHOWN = 500

/** The sections, each with the number of its items. */
export function sectionTree(state: State): TemplateResult {
  const { sections, list, items } = state
  const counts = items.countBySection()
  const shown = inOrder(sections).slice(0, MAX_SHOWN)
  return html`
    <div class="bar">
      <h2>Sections</h2>
      <span class="grow"></span>
      ${actionButton(
        {
          label: 'Add a section',
          call: {
            method: 'POST',
            path: '/sections',
            body: { parent: list.sectionId },
          },
        },
        '+',
      )}
      ${actionButton(
        {
          label: 'Add a section with access rights of its own',
          call: {
            method: 'POST',
            path: '/sections',
            body: { inheritsAccess: false, parent: list.sectionId },
          },
        },
        '+ own',
      )}
    </div>
    <ul class="sections">
      <li>${sectionButton('All sections', undefined, list.sectionId, 0, items.size)}</li>
      ${shown.map(
        ({ section, depth }) =>
          html`<li>
            ${sectionButton(
              section.name,
              section.id,
              list.sectionId,
              depth,
              counts.get(section.id) ?? 0,
              section.inheritsAccess ? '' : 'Own access rights: a change log of its own',
            )}
            ${list.sectionId === section.id ? sectionTools(section, list.name, counts.get(section.id) ?? 0) : nothing}
          </li>`,
      )}
    </ul>
    ${
      sections.length > MAX_SHOWN
        ? html`<small>${sections.length - MAX_SHOWN} more sections are not drawn.</small>`
        : nothing
    }
  `
}

function sectionButton(
  name: string,
  id: number | undefined,
  selected: number | undefined,
  depth: number,
  count: number,
  own = '',
): TemplateResult {
  return html`<button
    type="button"
    class="section"
    .style=${`padding-left: ${0.6 + 0.8 * Math.min(depth, 4)}rem`}
    aria-pressed=${id === selected}
    title=${own === '' ? nothing : own}
    @click=${() =>
      respond((state) => (state.list = { ...state.list, sectionId: id, name: '', scrollTop: 0 }))}
  >
    <span class="text"
      >${visibleText(name)}${own === '' ? nothing : html` <small>own log</small>`}</span
    ><b>${count}</b>
  </button>`
}

function sectionTools(
  { id, log, name: before }: Section,
  typed: string,
  count: number,
): TemplateResult {
  const url = new URL(log.replace(/^\/+/, ''), STORE_URL)
  const name = typed || before
  return html`<div class="bar">
    <input
      aria-label="Name of the section"
      .value=${name}
      @input=${(event: Event) =>
        respond((state) => (state.list = { ...state.list, name: valueOf(event) }))}
    />
    ${actionButton(
      {
        label: `Rename section ${id}`,
        call: { method: 'PATCH', path: `/sections/${id}`, body: { name } },
        after: loadContent,
      },
      'Rename',
    )}
    ${actionButton(
      {
        label: `Remove section ${id}`,
        call: { method: 'DELETE', path: `/sections/${id}` },
        confirm: `Remove section ${id} with its ${plural(count, 'item')}? No change is announced.`,
        after: () => respond((state) => (state.list = { ...state.list, sectionId: undefined })),
      },
      'Remove',
    )}
    ${button('Copy change log URL', () => void copy(url.href))}
  </div>`
}

/** Each section after its parent, with its depth. */
function inOrder(
  sections: readonly Section[],
): readonly { readonly section: Section; readonly depth: number }[] {
  const children = Map.groupBy(sections, ({ parentId }) => parentId)
  const ordered: { section: Section; depth: number }[] = []
  const stack = (children.get(null) ?? []).map((section) => ({ section, depth: 0 })).toReversed()
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    ordered.push(next)
    const { section, depth } = next
    for (const child of (children.get(section.id) ?? []).toReversed())
      stack.push({ section: child, depth: depth + 1 })
  }
  return ordered
}
