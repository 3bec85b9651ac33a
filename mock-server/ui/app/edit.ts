import type { Item } from '../model/api-types.ts'
import { readRoute } from '../model/route.ts'
import { scrollToRow } from '../model/window-rows.ts'
import { go } from './act.ts'
import { respond, state } from './app.ts'
import type { Action } from './state.ts'

export const ROW_PX = 40

/** Leads from the open item to the next or the previous one of the list. */
export function moveSelection(step: 1 | -1): void {
  const listed = state.items.list(state.list)
  // The address leads: `state.route` follows only when the browser says that it has changed.
  const open = readRoute(location.hash)
  const at = listed.findIndex(({ id }) => String(id) === open.id)
  const row = Math.min(listed.length - 1, Math.max(0, at === -1 ? 0 : at + step))
  const next = listed[row]
  if (open.screen !== 'studio' || next === undefined) return
  const box = document.querySelector<HTMLElement>('[data-rows]')
  const top = scrollToRow(row, ROW_PX, {
    scrollTop: box?.scrollTop ?? 0,
    heightPx: box?.clientHeight ?? 0,
  })
  if (top !== undefined && box !== null) box.scrollTop = top
  go({ screen: 'studio', id: String(next.id), query: open.query })
}

/** What the form says, and the item does not. */
export function saveAction(item: Item | undefined, ifChange = state.formChangeId): Action {
  const { title, type, state: wanted, section, body } = state.form
  // What is undefined is not sent.
  const content = {
    title,
    state: wanted,
    fields: body ? fieldsOf(item, body) : undefined,
    as: state.editAs || undefined,
  }
  if (item === undefined) {
    const sectionId = Number(section ?? state.list.sectionId ?? state.sections[0]?.id ?? 0)
    return {
      label: 'Create item',
      call: {
        method: 'POST',
        path: '/items',
        body: { section: sectionId, ...content, title: title ?? '', type },
      },
      after: opened,
    }
  }
  return {
    label: `Save item ${item.id}`,
    call: {
      method: 'PATCH',
      path: `/items/${item.id}`,
      body: {
        ...content,
        sections: section === undefined ? undefined : sectionsOf(item, Number(section)),
        ifChange: isChanged() ? ifChange : undefined,
      },
    },
    after: opened,
  }
}

/** Whether the form holds something that is not saved. */
export function isChanged(): boolean {
  return Object.keys(state.form).length > 0
}

export function setField(name: string, value: string): void {
  respond(() => {
    if (!isChanged()) state.formChangeId = state.item?.changeId ?? 0
    state.form = { ...state.form, [name]: value }
  })
}

/** The item stays in its other sections. */
function sectionsOf({ sectionIds, homeSectionId }: Item, home: number): readonly number[] {
  return [home, ...sectionIds.filter((id) => id !== homeSectionId && id !== home)]
}

/** The fields that replace the payload: the title stays one of them. */
function fieldsOf(item: Item | undefined, body: string): Record<string, unknown> {
  return { title: state.form['title'] ?? item?.title ?? '', body }
}

/** Leads to the item of an answer. */
export function opened(answer: unknown): void {
  // `POST` and `PATCH` of items answer the item.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { item } = answer as { item: Item }
  respond(() => {
    state.form = {}
    state.item = item
  })
  go({ screen: 'studio', id: String(item.id), query: state.route.query })
}
