import { notify } from './act.ts'
import { respond, state } from './app.ts'

/** Items of one action: as many as a call takes. */
export const MAX_SELECTED = 1_000

let lastToggled = 0

export function select(ids: readonly number[]): void {
  respond(() => (state.selected = new Set(ids.slice(0, MAX_SELECTED))))
}

/** Selects the item, or takes it out. With `upTo`, all rows between it and the one before. */
export function toggleSelected(id: number, upTo = false): void {
  const selected = new Set(state.selected)
  const listed = state.items.list(state.list).map((item) => item.id)
  const [from, to] = [listed.indexOf(lastToggled), listed.indexOf(id)].toSorted((a, b) => a - b)
  if (upTo && from !== undefined && to !== undefined && from >= 0)
    for (const each of listed.slice(from, to + 1)) selected.add(each)
  else if (!selected.delete(id)) selected.add(id)
  lastToggled = id
  select([...selected])
}

export function selectOpenItem(): void {
  const { item } = state
  if (item === undefined) notify('open an item first: j and k move', true)
  else toggleSelected(item.id)
}
