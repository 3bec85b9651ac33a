import { go } from '../app/act.ts'
import { respond } from '../app/app.ts'
import { MAX_SELECTED, select } from '../app/selection.ts'
import type { State } from '../app/state.ts'
import { moveAction, transitionAction } from '../app/transition.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import { ITEM_STATES } from '../model/api-types.ts'
import { plural } from '../model/entry-text.ts'
import { actionButton, button, empty, sectionOptions, valueOf } from './controls.ts'
import { drawerView } from './drawer.ts'
import { itemList } from './item-list.ts'
import { sectionTree } from './section-tree.ts'

/** The stand-in for the editors' program: sections, items, and one item in detail. */
export function studioView(state: State): TemplateResult {
  const { list, items, route } = state
  const listed = items.list(list)
  return html`
    <section class="tree" aria-label="Sections">${sectionTree(state)}</section>
    <section class="list" aria-label="Items">
      <div class="bar">
        <input
          type="search"
          data-search
          aria-label="Search items"
          placeholder="Search  /"
          .value=${list.text}
          @input=${(event: Event) =>
            respond((now) => (now.list = { ...now.list, text: valueOf(event) }))}
        />
        <select
          aria-label="State"
          @change=${(event: Event) =>
            respond((now) => (now.list = { ...now.list, state: valueOf(event) }))}
        >
          ${['', ...ITEM_STATES].map(
            (name) =>
              html`<option value=${name} .selected=${list.state === name}>
                ${name || 'all states'}
              </option>`,
          )}
        </select>
        <span role="status" data-testid="item-count">${plural(listed.length, 'item')}</span>
        <span class="grow"></span>
        ${button('New', () => go({ screen: 'studio', id: 'new' }), 'primary')}
      </div>
      ${selectionBar(state)} ${listed.length > 0 ? itemList(state, listed) : noItems(state)}
    </section>
    ${route.id === '' ? nothing : drawerView(state)}
  `
}

/** What can be done to all selected items, with their number. */
function selectionBar({
  selected,
  items,
  list,
  sections,
  moveTo,
}: State): TemplateResult | typeof nothing {
  if (selected.size === 0) return nothing
  const ids = [...selected]
  const listed = items.list(list)
  const section = moveTo ?? sections[0]?.id ?? 0
  return html`<div class="bar selection">
    <b role="status" data-testid="selected">${plural(ids.length, 'item')} selected</b>
    ${actionButton(transitionAction(ids, 'published'), 'Publish', 'primary')}
    ${actionButton(transitionAction(ids, 'un-publish-keep'), 'Unpublish')}
    ${actionButton(transitionAction(ids, 'deleted'), 'Delete', 'danger')}
    <select
      aria-label="Section to move to"
      @change=${(event: Event) => respond((now) => (now.moveTo = Number(valueOf(event))))}
    >
      ${sectionOptions(sections, section)}
    </select>
    ${actionButton(moveAction(ids, section), 'Move')}
    ${button(
      `Select ${listed.length > MAX_SELECTED ? `the first ${MAX_SELECTED}` : `all ${listed.length}`}`,
      () => select(listed.map(({ id }) => id)),
    )}
    ${button('Select none', () => select([]))}
  </div>`
}

function noItems({ isLoaded, items }: State): TemplateResult {
  if (!isLoaded) return empty('Reading the items.')
  if (items.size > 0) return empty('No item matches.', button('Show all items', showAll))
  return empty(
    'The store has no items yet.',
    actionButton(
      {
        label: 'Create 20 demo items',
        call: { method: 'POST', path: '/items/generate', body: { count: 20, payload: true } },
      },
      'Create 20 demo items',
      'primary',
    ),
  )
}

function showAll(): void {
  respond((now) => {
    now.list = { ...now.list, sectionId: undefined, state: '', text: '', scrollTop: 0 }
  })
}
