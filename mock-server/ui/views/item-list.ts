import { go } from '../app/act.ts'
import { respond } from '../app/app.ts'
import { ROW_PX } from '../app/edit.ts'
import { toggleSelected } from '../app/selection.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing, repeat } from '../lit.ts'
import type { ListedItem } from '../model/api-types.ts'
import { ago } from '../model/entry-text.ts'
import { visibleText } from '../model/visible-text.ts'
import { windowRows } from '../model/window-rows.ts'
import { chip, storeMs } from './controls.ts'

/** Height of the list until it is measured. */
const FIRST_HEIGHT_PX = 600

const TONES: Readonly<Record<string, string>> = {
  published: 'good',
  draft: 'warn',
  deleted: 'bad',
}

/** A list of any length: only the rows in sight are in the document. */
export function itemList(state: State, items: readonly ListedItem[]): TemplateResult {
  const heightPx = document.querySelector('[data-rows]')?.clientHeight ?? FIRST_HEIGHT_PX
  const { first, end } = windowRows(items.length, ROW_PX, {
    scrollTop: state.list.scrollTop,
    heightPx: Math.max(heightPx, ROW_PX),
  })
  const names = new Map(state.sections.map(({ id, name }) => [id, name]))
  return html`<div class="rows" data-rows @scroll=${scrolled}>
    <ul
      role="listbox"
      aria-label="Items"
      aria-multiselectable="true"
      tabindex="0"
      .style=${`height: ${items.length * ROW_PX}px`}
    >
      ${repeat(
        items.slice(first, end),
        ({ id }) => id,
        (item, index) => rowView(state, item, first + index, items.length, names),
      )}
    </ul>
  </div>`
}

function rowView(
  { route, selected }: State,
  { id, type, title, state, editedAt, changeId, author, sectionIds }: ListedItem,
  row: number,
  total: number,
  names: ReadonlyMap<number, string>,
): TemplateResult {
  return html`<li
    role="option"
    aria-selected=${selected.has(id)}
    aria-current=${String(id) === route.id ? 'true' : nothing}
    aria-posinset=${row + 1}
    aria-setsize=${total}
    .style=${`transform: translateY(${row * ROW_PX}px)`}
    @click=${() => go({ screen: 'studio', id: String(id), query: route.query })}
  >
    <span class="pick" aria-hidden="true" @click=${(event: MouseEvent) => pick(event, id)}
      >${selected.has(id) ? '☑' : '☐'}</span
    >
    <span class="id">${id}</span>
    <span class="text" title=${visibleText(title)}>${visibleText(title) || '(no title)'}</span>
    <span class="type">${visibleText(type)}</span>
    <span class="more">${visibleText(names.get(sectionIds[0] ?? 0) ?? '')}</span>
    <span class="more">${visibleText(author.name)}</span>
    ${chip(state, TONES[state] ?? 'quiet')}
    <time datetime=${editedAt} title="change ${changeId}, ${editedAt}"
      >${ago(storeMs() - Date.parse(editedAt))} ago</time
    >
  </li>`
}

/** With the shift key, all rows up to it. The row itself is not opened. */
function pick(event: MouseEvent, id: number): void {
  event.stopPropagation()
  toggleSelected(id, event.shiftKey)
}

/** A new position is drawn with the next frame. */
function scrolled({ currentTarget }: Event): void {
  if (!(currentTarget instanceof HTMLElement)) return
  const { scrollTop } = currentTarget
  respond((state) => (state.list.scrollTop = scrollTop))
}
