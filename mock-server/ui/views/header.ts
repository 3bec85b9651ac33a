import { pause, respond } from '../app/app.ts'
import type { Action, State, Theme } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import { plainText, utcOf } from '../model/plain-text.ts'
import { plural } from '../model/entry-text.ts'
import { actionButton, chip, pair, storeMs, valueOf } from './controls.ts'

const THEMES: readonly Theme[] = ['auto', 'light', 'dark']
const FEED_TONES = { connecting: 'quiet', live: 'good', polling: 'warn', offline: 'bad' }

/** What is always in sight: which store, its time, its counts, its faults, and this page's feed. */
export function headerView(state: State): TemplateResult {
  const { info, feed } = state
  const label = plainText(info?.settings['label'])
  return html`<header>
    <h1>${label === '' ? 'Mock Content Store' : label}</h1>
    ${clockView(state)} ${countersView(state)}
    <div class="group">
      ${faultLamp(state)}
      <span title=${feed.why} data-testid="feed">
        ${chip(feed.mode === 'live' ? 'feed live' : `feed ${feed.mode}`, FEED_TONES[feed.mode])}
      </span>
      ${feed.why === '' ? nothing : html`<small>${feed.why}</small>`}
      <button type="button" aria-pressed=${state.pausedAt !== undefined} @click=${pause}>
        ${state.pausedAt === undefined ? 'Pause' : 'Resume'}
      </button>
      <button
        type="button"
        aria-label="Theme: ${state.theme}"
        @click=${() => setTheme(state.theme)}
      >
        ◐ ${state.theme}
      </button>
      <button
        type="button"
        aria-expanded=${state.isHelpOpen}
        @click=${() => respond((now) => (now.isHelpOpen = !now.isHelpOpen))}
      >
        Help
      </button>
    </div>
  </header>`
}

function clockView({ info, clockAt }: State): TemplateResult {
  const clock = info?.clock
  if (clock === undefined) return html`<div class="group"></div>`
  const now = new Date(storeMs()).toISOString().slice(0, 19)
  const isReal = !clock.frozen && (clock.offsetMs ?? 0) === 0
  return html`<div class="group" role="group" aria-label="Clock of the store">
    <time datetime=${clock.at} data-testid="clock">${now.replace('T', ' ')}</time>
    ${isReal ? nothing : chip(clock.frozen ? 'frozen' : 'offset', 'warn')}
    ${
      clock.frozen
        ? actionButton(setClock('Let the clock run', {}), 'Run')
        : actionButton(setClock('Freeze the clock', { frozen: true }), 'Freeze')
    }
    ${
      clock.frozen
        ? [
            actionButton(advance(1_000), '+1 s'),
            actionButton(advance(60_000), '+1 min'),
            html`<input
              type="datetime-local"
              step="1"
              aria-label="Time to set, in UTC"
              .value=${clockAt || now}
              @input=${(event: Event) => respond((next) => (next.clockAt = valueOf(event)))}
            />`,
            actionButton(
              setClock('Set the clock', { frozen: true, at: utcOf(clockAt || now) }),
              'Set',
            ),
          ]
        : nothing
    }
  </div>`
}

function countersView({ info, log }: State): TemplateResult {
  return html`<dl class="counters" data-testid="counters">
    ${pair('items', info?.items ?? '…')} ${pair('last change', info?.changeId ?? '…')}
    ${pair('clients', info?.clients ?? '…')} ${pair('events', log.eventsSent)}
    ${pair('seed', info?.settings['randomSeed'] ?? '…')}
  </dl>`
}

function faultLamp({ faults }: State): TemplateResult {
  const active = faults.filter(({ isHealed }) => isHealed !== true)
  if (active.length === 0) return chip('no faults', 'good')
  const clear: Action = {
    label: 'Clear all faults',
    call: { method: 'DELETE', path: '/faults' },
  }
  return html`<a class="chip bad" href="#/faults" title=${active.map(({ name }) => name).join(', ')}
      >${plural(active.length, 'fault')}: ${active.map(({ name }) => name).join(', ')}</a
    >${actionButton(clear, 'Clear all')}`
}

function setClock(label: string, body: unknown): Action {
  return { label, call: { method: 'PUT', path: '/clock', body } }
}

function advance(ms: number): Action {
  return {
    label: `Advance the clock by ${ms / 1_000} s`,
    call: { method: 'POST', path: '/clock/advance', body: { ms } },
  }
}

function setTheme(now: Theme): void {
  respond((state) => {
    state.theme = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] ?? 'auto'
    try {
      localStorage.setItem('theme', state.theme)
    } catch {
      // Storage is blocked: it holds until the page is loaded again.
    }
  })
}
