import { copy } from '../app/act.ts'
import { CONTROL_URL, STORE_URL } from '../app/api.ts'
import type { Action, State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html } from '../lit.ts'
import { plural } from '../model/entry-text.ts'
import { snippets } from '../model/snippets.ts'
import { visibleText } from '../model/visible-text.ts'
import { actionButton, button, empty, textView } from './controls.ts'
import { feedBrowser } from './feed-browser.ts'
import { streamViewer } from './stream-viewer.ts'

/** What helps now and then: feeds, snapshots, spaces, commands for other programs. */
export function toolsView(state: State): TemplateResult {
  return html`
    <section aria-label="Feeds">${feedBrowser(state)}</section>
    <section aria-label="Stream">${streamViewer(state)}</section>
    <section aria-label="Snapshots">${snapshotsView(state)}</section>
    <section aria-label="Spaces">${spacesView(state)}</section>
    <section aria-label="Reset">
      <h2>Reset</h2>
      <p>Content, faults, clock and journal go back to the start. Ids are not used again.</p>
      ${actionButton(resetAction(state), 'Reset the store', 'danger')}
    </section>
    <section aria-label="For other programs">
      <h2>For other programs</h2>
      <p>
        <a href="${CONTROL_URL}openapi.json">API in OpenAPI 3.1</a> ·
        <a href=${CONTROL_URL.slice(0, -1)}>list of endpoints</a> ·
        <a href="${CONTROL_URL}info">counts and settings</a>
      </p>
      ${snippets(STORE_URL, (state.proxy?.url ?? '').replace(/\/$/, '')).map(
        ({ name, text }) =>
          html`<details>
            <summary>${name}</summary>
            ${textView(text, name)} ${button('Copy', () => void copy(text))}
          </details>`,
      )}
    </section>
  `
}

function snapshotsView({ snapshots }: State): TemplateResult {
  return html`<div class="bar">
      <h2>Snapshots</h2>
      ${actionButton(
        { label: 'Save a snapshot', call: { method: 'POST', path: '/snapshots' } },
        'Save',
        'primary',
      )}
    </div>
    ${
      snapshots.length === 0
        ? empty('No snapshot yet. A snapshot is the whole content under a name.')
        : html`<ul class="cards small">
            ${snapshots.map(({ name, savedAt, items }) => {
              const path = `/snapshots/${encodeURIComponent(name)}`
              return html`<li class="card">
                <h3>${visibleText(name)}</h3>
                <p><small>${plural(items, 'item')}, ${savedAt}</small></p>
                <div class="bar">
                  ${actionButton(
                    {
                      label: `Restore ${name}`,
                      call: { method: 'POST', path: `${path}/restore` },
                      confirm: `Replace the content with the ${plural(items, 'item')} of ${name}?`,
                    },
                    'Restore',
                  )}
                  <a href="${CONTROL_URL.slice(0, -1)}${path}/file" download="${name}.jsonl"
                    >File</a
                  >
                  ${actionButton(
                    {
                      label: `Delete snapshot ${name}`,
                      call: { method: 'DELETE', path },
                      confirm: `Delete the snapshot ${name} with its ${plural(items, 'item')}?`,
                    },
                    'Delete',
                  )}
                </div>
              </li>`
            })}
          </ul>`
    }`
}

function spacesView({ spaces }: State): TemplateResult {
  const names = new Set(spaces.map(({ name }) => name))
  const free = Array.from({ length: 100 }, (_, index) => `tester-${index + 1}`)
  const name = free.find((wanted) => !names.has(wanted)) ?? 'tester'
  return html`<div class="bar">
      <h2>Spaces</h2>
      ${actionButton(
        {
          label: `Create space ${name}`,
          call: { method: 'POST', path: '/spaces', body: { name } },
        },
        `Create ${name}`,
      )}
    </div>
    ${
      spaces.length === 0
        ? empty('No space yet. In a space of your own nothing that others do is seen.')
        : html`<ul class="cards small">
            ${spaces.map(
              (space) =>
                html`<li class="card">
                  <h3>${space.name}</h3>
                  <p>
                    <small
                      >${plural(space.items, 'item')}, ${plural(space.clients, 'client')}</small
                    >
                  </p>
                  <div class="bar">
                    <a href="${rootUrl()}${space.path.replace(/^\//, '')}/__mock/ui/"
                      >Open its page</a
                    >
                    ${actionButton(
                      {
                        label: `Delete space ${space.name}`,
                        call: { method: 'DELETE', path: `/spaces/${space.name}` },
                        confirm: `Delete space ${space.name} with its ${plural(space.items, 'item')} and ${plural(space.clients, 'stream')}?`,
                      },
                      'Delete',
                    )}
                  </div>
                </li>`,
            )}
          </ul>`
    }`
}

/** Of the whole store, also from the page of a space. */
function rootUrl(): string {
  return STORE_URL.replace(/space\/[^/]+\/$/, '')
}

function resetAction({ info }: State): Action {
  return {
    label: 'Reset the store',
    call: { method: 'POST', path: '/reset' },
    confirm: `Reset the store? Its ${plural(info?.items ?? 0, 'item')} become those of the start. Streams stay open.`,
  }
}
