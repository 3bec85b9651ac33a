import type { Schedule } from '../model/api-types.ts'
import { plural } from '../model/entry-text.ts'
import { utcOf } from '../model/plain-text.ts'
import { act, notify } from './act.ts'
import { state } from './app.ts'
import { opened } from './edit.ts'
import { select } from './selection.ts'
import type { Action } from './state.ts'

/** Publishes what is selected, or the item that is open. */
export function publishItem(): void {
  const { item, selected } = state
  if (selected.size > 0) act(transitionAction([...selected], 'published'))
  else if (item === undefined) notify('open an item first: j and k move', true)
  else act(publishAction(item.id))
}

/** What an editor calls each transition of the transition document. */
const VERBS: Readonly<Record<string, string>> = {
  draft: 'Back to draft',
  submitted: 'Submit',
  approved: 'Approve',
  published: 'Publish',
  deleted: 'Delete',
  'draft-published': 'Draft beside',
  'submitted-published': 'Submit draft',
  'approved-published': 'Approve draft',
  revert: 'Revert',
  'un-publish-keep': 'Unpublish',
  'un-publish-revert': 'Unpublish, revert',
}

/** What a button for a transition says. */
export function verbOf(to: string): string {
  return VERBS[to] ?? to
}

/** Takes items through a transition. Asks first when it takes something away from readers. */
export function transitionAction(items: readonly number[], to: string): Action {
  const [only] = items
  if (only !== undefined && items.length === 1 && to === 'published') return publishAction(only)
  if (only !== undefined && items.length === 1 && to === 'deleted') return deleteAction(only)
  const label = `${verbOf(to)} ${items.length === 1 ? `item ${only}` : `${items.length} items`}`
  const isAsked = items.length > 1 && to !== 'published'
  return {
    label,
    call: { method: 'POST', path: '/items/transition', body: { items, to } },
    confirm: isAsked ? `${label}? Each is a change that every client sees.` : undefined,
    after: (answer) => {
      // It is what the endpoint declares.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const { changed, skipped } = answer as Record<'changed' | 'skipped', readonly number[]>
      if (items.length > 1) select([])
      if (skipped.length === 0) return 'done'
      return `${changed.length} changed, ${skipped.length} skipped: their state does not offer it`
    },
  }
}

/** Gives items another home section. */
export function moveAction(items: readonly number[], section: number): Action {
  return {
    label: `Move ${plural(items.length, 'item')} to section ${section}`,
    call: { method: 'POST', path: '/items/move', body: { items, section } },
    after: () => select([]),
  }
}

export function duplicateAction(id: number): Action {
  return {
    label: `Duplicate item ${id}`,
    call: { method: 'POST', path: `/items/${id}/duplicate` },
    after: opened,
  }
}

/** Takes an item back to what it was after a change. */
export function revertAction(id: number, changeId: number): Action {
  return {
    label: `Revert item ${id} to change ${changeId}`,
    call: { method: 'POST', path: `/items/${id}/revert`, body: { changeId } },
  }
}

/** Publishes an item at a time of the store, as a browser writes it without a zone. */
export function scheduleAction(id: number, at: string): Action {
  return {
    label: `Publish item ${id} at ${at}`,
    call: {
      method: 'POST',
      path: `/items/${id}/schedule`,
      body: { at: utcOf(at) },
    },
  }
}

export function cancelAction({ id, itemId }: Schedule): Action {
  return {
    label: `Cancel what is due for item ${itemId}`,
    call: { method: 'DELETE', path: `/schedules/${id}` },
  }
}

/** Locks an item as someone else, so that clients get 409; or releases a lock. */
export function lockAction(id: number, lock?: number): Action {
  const path = `/items/${id}/locks`
  return lock === undefined
    ? {
        label: `Lock as another editor: item ${id}`,
        call: { method: 'POST', path, body: { user: 'another editor' } },
      }
    : {
        label: `Unlock item ${id}`,
        call: { method: 'DELETE', path: `${path}/${lock}` },
      }
}

function publishAction(id: number): Action {
  return { label: `Publish item ${id}`, call: { method: 'POST', path: `/items/${id}/publish` } }
}

function deleteAction(id: number): Action {
  return {
    label: `Delete item ${id}`,
    call: { method: 'DELETE', path: `/items/${id}` },
    confirm: `Delete item ${id}? It stays in the store, in state deleted.`,
  }
}
