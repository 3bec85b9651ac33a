import { act, notify } from './act.ts'
import { state } from './app.ts'
import { loadEditing } from './refresh.ts'
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

/** Locks an item as someone else, so that clients get 409; or releases a lock. */
export function lockAction(id: number, lock?: number): Action {
  const path = `/items/${id}/locks`
  const after = async (): Promise<void> => loadEditing(String(id))
  return lock === undefined
    ? {
        label: `Lock as another editor: item ${id}`,
        call: { method: 'POST', path, body: { user: 'another editor' } },
        after,
      }
    : {
        label: `Unlock item ${id}`,
        call: { method: 'DELETE', path: `${path}/${lock}` },
        after,
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
