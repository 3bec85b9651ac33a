import type { State } from '../app/state.ts'
import { respond } from '../app/app.ts'
import {
  cancelAction,
  duplicateAction,
  lockAction,
  scheduleAction,
  transitionAction,
  verbOf,
} from '../app/transition.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import { writeRoute } from '../model/route.ts'
import { visibleText } from '../model/visible-text.ts'
import { actionButton, chip, empty, valueOf } from './controls.ts'
import { effectsView } from './effects.ts'
import { itemForm } from './item-form.ts'
import { sourceView } from './item-source.ts'

const TABS = [
  ['form', 'Form'],
  ['atom', 'Atom XML'],
  ['history', 'History'],
  ['rows', 'Change log rows'],
  ['effects', 'Effects'],
] as const

const STYLES: Readonly<Record<string, string>> = { published: 'primary', deleted: 'danger' }

/** One item in detail. */
export function drawerView(state: State): TemplateResult {
  const { item, route } = state
  const isNew = route.id === 'new'
  const { tab = 'form' } = route.query
  const to = (name: string): string =>
    writeRoute({ ...route, query: { ...route.query, tab: name === 'form' ? '' : name } })
  return html`<section class="drawer" aria-label=${isNew ? 'New item' : `Item ${route.id}`}>
    <div class="bar">
      <h2>${isNew ? 'New item' : `${route.id} ${visibleText(item?.title ?? '')}`}</h2>
      <a href=${writeRoute({ screen: 'studio' })} aria-label="Close">✕</a>
    </div>
    ${item === undefined || isNew ? nothing : actionsView(state, item.id)}
    ${
      isNew
        ? itemForm(state)
        : html`<div class="tabs">
              ${TABS.map(
                ([name, text]) =>
                  html`<a href=${to(name)} aria-current=${name === tab ? 'true' : nothing}
                    >${text}</a
                  >`,
              )}
            </div>
            ${
              item === undefined
                ? empty('There is no such item, or it is being read.')
                : tabView(state, tab)
            }`
    }
  </section>`
}

/** What the transition document of the item offers, its locks, and what is due. */
function actionsView({ editing, schedules, dueAt }: State, id: number): TemplateResult {
  const { transitions = [], locks = [] } = editing ?? {}
  return html`<div class="bar">
      ${transitions.map(({ to }) =>
        actionButton(transitionAction([id], to), verbOf(to), STYLES[to] ?? ''),
      )}
    </div>
    <div class="bar">
      ${
        locks.length === 0
          ? actionButton(lockAction(id), 'Lock as another editor')
          : locks.map(
              (lock) =>
                html`${chip(`locked by ${visibleText(lock.user)}`, 'warn')}
                ${actionButton(lockAction(id, lock.id), 'Unlock')}`,
            )
      }
      ${actionButton(duplicateAction(id), 'Duplicate')}
      <label
        ><small>Publish at (UTC)</small>
        <input
          type="datetime-local"
          step="1"
          .value=${dueAt}
          @input=${(event: Event) => respond((now) => (now.dueAt = valueOf(event)))}
      /></label>
      ${dueAt === '' ? nothing : actionButton(scheduleAction(id, dueAt), 'Publish later')}
      ${schedules
        .filter(({ itemId }) => itemId === id)
        .map(
          (schedule) =>
            html`${chip(`due: ${schedule.to} at ${schedule.at.slice(0, 19)}`, 'accent')}
            ${actionButton(cancelAction(schedule), 'Cancel')}`,
        )}
    </div>`
}

function tabView(state: State, tab: string): TemplateResult {
  switch (tab) {
    case 'effects':
      return effectsView(state)
    case 'atom':
    case 'history':
    case 'rows':
      return sourceView(state, tab)
    default:
      return itemForm(state)
  }
}
