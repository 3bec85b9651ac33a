import { documentOf } from '../app/documents.ts'
import type { State } from '../app/state.ts'
import { revertAction } from '../app/transition.ts'
import type { TemplateResult } from '../lit.ts'
import { html } from '../lit.ts'
import { readFeedPage } from '../model/feed-page.ts'
import { visibleText } from '../model/visible-text.ts'
import { actionButton, chip, textView } from './controls.ts'

/** The item as clients read it: its Atom entry, its history, or its rows in change logs. */
export function sourceView(state: State, tab: 'atom' | 'history' | 'rows'): TemplateResult {
  const { item } = state
  if (item === undefined) return html``
  const base = `webservice/escenic/content/${item.id}`
  if (tab === 'atom') return textView(documentOf(base, item.changeId), 'Atom entry')
  if (tab === 'history')
    return html`${versionsView(state, item.id)}
    ${textView(documentOf(`${base}/log`, item.changeId), 'History')}`
  return html`${item.sectionIds.map((id) => rowsIn(state, `section/${id}`, String(item.id)))}`
}

/** What the item was, each with the way back. */
function versionsView({ versions }: State, id: number): TemplateResult {
  return html`<ol class="versions">
    ${versions.map(
      ({ changeId, title, state, editedAt, editor }, index) =>
        html`<li class="bar">
          <b>${changeId}</b>
          <time datetime=${editedAt}>${editedAt.slice(0, 19).replace('T', ' ')}</time>
          ${chip(state, 'quiet')}
          <small>${visibleText(editor ?? '')}</small>
          <span class="grow"></span>
          ${index === 0 ? 'now' : actionButton(revertAction(id, changeId), 'Revert')}
          <span class="text">${visibleText(title)}</span>
        </li>`,
    )}
  </ol>`
}

function rowsIn({ item }: State, log: string, itemId: string): TemplateResult {
  const xml = documentOf(`webservice/escenic/changelog/${log}`, item?.changeId ?? 0)
  const rows = readFeedPage(xml).entries.filter((entry) => entry.itemId === itemId)
  const name = log.replaceAll('/', ' ')
  return html`<h3><a href="#/tools?feed=webservice/escenic/changelog/${log}">${name}</a></h3>
    ${
      rows.length === 0
        ? html`<p>No row of this item on the newest page.</p>`
        : rows.map(({ xml: row }) => textView(row, `Row in ${name}`))
    }`
}
