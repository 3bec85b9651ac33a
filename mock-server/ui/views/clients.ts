import { STORE_URL } from '../app/api.ts'
import { copy } from '../app/act.ts'
import type { Action, State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html } from '../lit.ts'
import type { Client } from '../model/api-types.ts'
import { plural } from '../model/entry-text.ts'
import { shortened, visibleText } from '../model/visible-text.ts'
import { actionButton, button, chip, empty, pair } from './controls.ts'

/** Commands to one client: a word for the button, the path, and what is sent. */
const COMMANDS: readonly (readonly [
  text: string,
  command: string,
  body: unknown,
  isRough: boolean,
])[] = [
  ['Event', 'send', { data: 'hello' }, false],
  ['Comment', 'send', { comment: 'hello' }, false],
  ['Stall 5 s', 'stall', { ms: 5_000 }, false],
  ['Slow', 'throttle', { bytesPerSecond: 100 }, false],
  ['Resume', 'resume', undefined, false],
  ['Close', 'close', undefined, true],
  ['FIN', 'fin', undefined, true],
  ['RST', 'reset', undefined, true],
]

/** Who listens, and what can be done to one of them alone. */
export function clientsView({ clients }: State): TemplateResult {
  const curl = `curl -N -u user:password ${STORE_URL}webservice/escenic/changelog/sse`
  return html`
    <div class="bar">
      <h2>Clients</h2>
      ${connectionCheck(clients)}
      <span class="grow"></span>
      ${actionButton(
        {
          label: 'End all streams',
          call: { method: 'DELETE', path: '/clients' },
          confirm: `End ${plural(clients.length, 'stream')}? Clients may connect again.`,
        },
        'End all',
        'danger',
      )}
    </div>
    ${
      clients.length === 0
        ? empty(
            'No client listens.',
            button('Copy a curl line that listens', () => void copy(curl), 'primary'),
          )
        : html`<ul class="cards">
            ${clients.map(clientCard)}
          </ul>`
    }
  `
}

/** Behind a concentrator there is one connection for each stream. */
function connectionCheck(clients: readonly Client[]): TemplateResult {
  const streams = Map.groupBy(clients, ({ stream }) => stream)
  return html`${[...streams].map(([stream, of]) =>
    of.length === 1
      ? chip(`✓ exactly one connection to ${stream}`, 'good')
      : chip(`${of.length} connections to ${stream}; a proxy has exactly one`, 'warn'),
  )}`
}

function clientCard(client: Client): TemplateResult {
  const { id, path, user, remoteAddress, userAgent, lastEventId, backlog, lastEvent } = client
  return html`<li class="card">
    <h3>
      ${id} ${chip(backlog === 0 ? 'open' : `${backlog} B unread`, backlog === 0 ? 'good' : 'warn')}
    </h3>
    <dl>
      ${fact('stream', path)} ${fact('from', `${remoteAddress}, user ${user ?? 'none'}`)}
      ${fact('user agent', userAgent ?? 'none')} ${fact('since', client.since)}
      ${fact('Last-Event-ID', lastEventId ?? 'none')}
      ${fact('sent', `${plural(client.events, 'event')}, ${client.bytes} B`)}
      ${fact('last event', lastEvent === null ? 'none' : `${lastEvent.at} ${lastEvent.text}`)}
    </dl>
    <div class="bar">
      ${COMMANDS.map(([text, command, body, isRough]) =>
        actionButton(commandAction(id, text, command, body, isRough), text),
      )}
    </div>
  </li>`
}

function commandAction(
  id: string,
  text: string,
  command: string,
  body: unknown,
  isRough: boolean,
): Action {
  return {
    label: `${text} for ${id}`,
    call: { method: 'POST', path: `/clients/${encodeURIComponent(id)}/${command}`, body },
    confirm: isRough ? `${text}: disconnect ${id}?` : undefined,
  }
}

function fact(name: string, value: string): TemplateResult {
  return pair(name, shortened(visibleText(value), 300))
}
