import { CONTROL_URL } from '../app/api.ts'
import { pause, respond } from '../app/app.ts'
import { go } from '../app/act.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing, repeat } from '../lit.ts'
import type { Entry, EntryKind } from '../model/entry.ts'
import { ENTRY_KINDS } from '../model/entry.ts'
import { entryText, plural } from '../model/entry-text.ts'
import { filterLog } from '../model/journal-log.ts'
import { actionButton, button, chip, empty, timeOf, valueOf } from './controls.ts'
import { entryDetail } from './entry-detail.ts'

/** Rows in the document. The rest is found by a filter, or exported. */
const MAX_ROWS = 300

const KIND_ICONS: Readonly<Record<EntryKind, string>> = {
  change: '✎',
  frame: '⇢',
  request: '→',
  response: '←',
  connect: '⊕',
  leave: '⊖',
  fault: '⚡',
}

/** Everything that happened, in one line of time. */
export function logView(state: State): TemplateResult {
  const { log, pausedAt, hidden, route } = state
  const { filter = '', correlation = '' } = route.query
  const shown =
    pausedAt === undefined ? log.entries : log.entries.filter(({ id }) => id <= pausedAt)
  const { cursor = 0, goneUpTo = 0 } = state.info?.journal ?? {}
  const held = cursor - goneUpTo
  const rows = filterLog(shown, { hidden, text: filter, correlation }, MAX_ROWS)
  return html`
    <div class="bar">
      <input
        type="search"
        data-search
        aria-label="Search the log"
        placeholder="Search  /"
        .value=${filter}
        @input=${(event: Event) => refine(state, { filter: valueOf(event) })}
      />
      ${ENTRY_KINDS.map((kind) => kindSwitch(state, kind))}
      ${
        correlation === ''
          ? nothing
          : button(`only ${correlation} ✕`, () => refine(state, { correlation: '' }))
      }
      ${
        pausedAt === undefined
          ? nothing
          : button(
              `paused: ${plural(Math.max(0, log.cursor - pausedAt), 'new entry', 'new entries')}`,
              pause,
            )
      }
      <span class="grow"></span>
      <a href="${CONTROL_URL}journal.jsonl" download="journal.jsonl">JSONL</a>
      <a href="${CONTROL_URL}journal.har" download="journal.har">HAR</a>
      ${actionButton(
        {
          label: 'Clear the journal',
          call: { method: 'DELETE', path: '/journal' },
          confirm: `Forget the ${plural(held, 'entry', 'entries')} of the journal? Ids are not used again.`,
          after: () => respond((now) => (now.log.entries = [])),
        },
        'Clear',
      )}
    </div>
    ${
      rows.length === 0
        ? noEntries(log.entries.length)
        : html`<ol class="log" aria-label="Entries, newest first">
            ${repeat(
              rows,
              ({ id }) => id,
              (entry) => rowView(state, entry),
            )}
          </ol>`
    }
    ${
      log.missed > 0
        ? html`<small
            >The store had evicted ${plural(log.missed, 'older entry', 'older entries')}
            before.</small
          >`
        : nothing
    }
  `
}

function noEntries(kept: number): TemplateResult {
  if (kept === 0)
    return empty(
      'Nothing has happened yet.',
      button('New item', () => go({ screen: 'studio', id: 'new' }), 'primary'),
    )
  return empty('No entry matches.', button('Show all entries', showAll))
}

function showAll(): void {
  respond((now) => (now.hidden = new Set()))
  go({ screen: 'log' })
}

function rowView({ openEntry }: State, entry: Entry): TemplateResult {
  const isOpen = openEntry === entry.id
  return html`<li class=${entry.kind}>
    <button
      type="button"
      class="row"
      aria-expanded=${isOpen}
      @click=${() => respond((now) => (now.openEntry = isOpen ? undefined : entry.id))}
    >
      <time datetime=${entry.at}>${timeOf(entry.at)}</time>
      ${chip(`${KIND_ICONS[entry.kind]} ${entry.kind}`, toneOf(entry))}
      <span class="text">${entryText(entry)}</span>
    </button>
    ${entry.correlation
      .slice(0, 2)
      .map(
        (name) =>
          html`<a href="#/log?correlation=${encodeURIComponent(name)}" class="link">${name}</a>`,
      )}
    ${isOpen ? entryDetail(entry) : nothing}
  </li>`
}

function toneOf(entry: Entry): string {
  if (entry.kind === 'fault') return 'bad'
  if (entry.kind === 'response') return (entry.status ?? 500) >= 400 ? 'bad' : 'quiet'
  if (entry.kind === 'change') return 'accent'
  return entry.kind === 'frame' ? 'good' : 'quiet'
}

function kindSwitch({ hidden, log }: State, kind: EntryKind): TemplateResult {
  const isShown = !hidden.has(kind)
  return html`<button
    type="button"
    class="toggle"
    aria-pressed=${isShown}
    @click=${() =>
      respond((now) => {
        const next = new Set(now.hidden)
        if (isShown) next.add(kind)
        else next.delete(kind)
        now.hidden = next
      })}
  >
    ${KIND_ICONS[kind]} ${kind} <b>${log.counts[kind]}</b>
  </button>`
}

function refine({ route }: State, query: Readonly<Record<string, string>>): void {
  go({ ...route, query: { ...route.query, ...query } })
}
