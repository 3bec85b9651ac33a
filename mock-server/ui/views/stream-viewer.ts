import { respond } from '../app/app.ts'
import type { State } from '../app/state.ts'
import { closeViewer, view } from '../app/viewer.ts'
import type { TemplateResult } from '../lit.ts'
import { html } from '../lit.ts'
import { parseStream } from '../model/parse-stream.ts'
import { visibleText } from '../model/visible-text.ts'
import { button, bytesView, chip, empty, field, valueOf } from './controls.ts'

const MAX_EVENTS = 100

type Field = 'path' | 'user' | 'password' | 'lastEventId'

/** A stream as its bytes and as a client understands it, beside each other. */
export function streamViewer({ viewer }: State): TemplateResult {
  const events = parseStream(viewer.text).slice(-MAX_EVENTS).toReversed()
  return html`<h2>
      Stream ${chip(viewer.status, viewer.status === 'HTTP 200' ? 'good' : 'quiet')}
    </h2>
    <p>It is opened as any client opens it, so it is in the list of clients and in the log.</p>
    <form class="row-form">
      ${input('Path', 'path', viewer.path)} ${input('User', 'user', viewer.user)}
      ${input('Password', 'password', viewer.password)}
      ${input('Last-Event-ID', 'lastEventId', viewer.lastEventId)}
    </form>
    <div class="bar">
      ${button('Open', () => void view(), 'primary')} ${button('Close', closeViewer)}
    </div>
    ${
      viewer.text === ''
        ? empty('Nothing has come yet. Open it, and publish an item.')
        : html`<div class="lanes">
            ${bytesView(viewer.text, 'Bytes of the stream')}
            <ol aria-label="Events, newest first">
              ${events.map(
                ({ event, id, data }) =>
                  html`<li class="card">
                    <small>event ${visibleText(event)}, id ${visibleText(id) || 'none'}</small>
                    <span>${visibleText(data)}</span>
                  </li>`,
              )}
            </ol>
          </div>`
    }`
}

function input(label: string, name: Field, value: string): TemplateResult {
  return field(
    label,
    html`<input
      size=${name === 'path' ? 36 : 16}
      type=${name === 'password' ? 'password' : 'text'}
      autocomplete="off"
      .value=${value}
      @input=${(event: Event) => respond(({ viewer }) => (viewer[name] = valueOf(event)))}
    />`,
  )
}
