import { respond } from '../app/app.ts'
import type { State } from '../app/state.ts'
import { transitionAction } from '../app/transition.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { LaneEvent, LaneRow } from '../model/align-lanes.ts'
import { alignLanes } from '../model/align-lanes.ts'
import { shortened, visibleText } from '../model/visible-text.ts'
import { actionButton, button, chip, empty, table } from './controls.ts'
import { proxyForm, proxyPanel } from './proxy-panel.ts'

const MAX_ROWS = 200
const TONES = { same: 'good', waiting: 'quiet', missing: 'bad', 'only here': 'warn', note: 'quiet' }

/** The store's stream and the proxy's stream, event beside event. */
export function streamsView(state: State): TemplateResult {
  const { lanes, proxy } = state
  if (proxy === undefined) return empty('Asking for the proxy.')
  if (proxy.url === '') return proxyForm(state)
  const rows = alignLanes(lanes.events, Date.now())
  const count = (verdict: LaneRow['verdict']): number =>
    rows.filter((row) => row.verdict === verdict).length
  const delays = rows.flatMap(({ delayMs }) => delayMs ?? []).toSorted((a, b) => a - b)
  const median = delays[Math.floor(delays.length / 2)]
  return html`
    <div class="bar">
      <h2>Store and proxy</h2>
      <span role="status" data-testid="lanes"
        >${count('same')} the same, ${count('missing')} missing, ${count('only here')} only at the
        proxy${median === undefined ? '' : `, median delay ${median.toFixed(1)} ms`}</span
      >
      ${chip(lanes.state, lanes.state === 'open' ? 'good' : 'warn')}
      <span class="grow"></span>
      ${button('Clear', () => respond((now) => (now.lanes.events = [])))}
    </div>
    ${
      rows.length === 0
        ? noEvents(state)
        : table(
            'Events of both streams',
            ['Store', 'Delay', `Proxy ${visibleText(proxy.url)}`],
            rows.slice(-MAX_ROWS).toReversed().map(rowView),
          )
    }
    ${proxyPanel(state)}
  `
}

function noEvents({ items, list }: State): TemplateResult {
  const [newest] = items.list(list)
  const action = newest && transitionAction([newest.id], 'published')
  return empty(
    'Publish an item, and see its event in both lanes.',
    action && actionButton(action, action.label, 'primary'),
  )
}

function rowView({ store, proxy, delayMs, verdict }: LaneRow): TemplateResult {
  return html`<tr>
    <td>${cell(store)}</td>
    <td>${chip(delayMs === undefined ? verdict : `${delayMs.toFixed(1)} ms`, TONES[verdict])}</td>
    <td>${cell(proxy)}</td>
  </tr>`
}

function cell(event: LaneEvent | undefined): TemplateResult | typeof nothing {
  if (event === undefined) return nothing
  const { kind, id, event: name, data, atMs } = event
  const what =
    kind === 'event' ? shortened(data, 200) : kind === 'open' ? 'connected' : `ended: ${data}`
  return html`<time>${new Date(atMs).toISOString().slice(11, 23)}</time>
    ${id === '' ? nothing : html`<small>id ${visibleText(id)}</small>`}
    ${name === 'message' || name === '' ? nothing : html`<small>event ${visibleText(name)}</small>`}
    <div class="text">${visibleText(what)}</div>`
}
