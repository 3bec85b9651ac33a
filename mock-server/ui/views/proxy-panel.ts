import { respond } from '../app/app.ts'
import { followLanes } from '../app/lanes.ts'
import { loadProxy } from '../app/refresh.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html, nothing } from '../lit.ts'
import type { AdminPage } from '../model/api-types.ts'
import { actionButton, chip, field, textView, valueOf } from './controls.ts'

/** What the admin port of the proxy says: its health, and its metrics. */
export function proxyPanel({ proxy }: State): TemplateResult | typeof nothing {
  if (proxy === undefined || proxy.adminUrl === '') return nothing
  const { health, metrics } = proxy
  return html`<section aria-label="The proxy">
    <div class="bar">
      <h2>The proxy says</h2>
      ${
        health === null
          ? nothing
          : chip(
              health.status === 200 ? 'healthy' : `unhealthy: ${health.status || 'no answer'}`,
              health.status === 200 ? 'good' : 'bad',
            )
      }
    </div>
    ${pageView('Health', health)} ${pageView('Metrics', metrics)}
  </section>`
}

/** Asks for the addresses of a proxy. */
export function proxyForm({ proxyForm: form }: State): TemplateResult {
  const set = (part: Partial<typeof form>): void =>
    respond((state) => (state.proxyForm = { ...state.proxyForm, ...part }))
  return html`<section aria-label="Name a proxy">
    <h2>Which proxy?</h2>
    <p>It is read through the store: on loopback, or on a host of <code>--allow-host</code>.</p>
    <form class="row-form">
      ${field(
        'Event stream',
        html`<input
          size="30"
          .value=${form.url}
          @input=${(event: Event) => set({ url: valueOf(event) })}
        />`,
      )}
      ${field(
        'Admin port',
        html`<input
          size="30"
          .value=${form.adminUrl}
          @input=${(event: Event) => set({ adminUrl: valueOf(event) })}
        />`,
      )}
    </form>
    <div class="bar">
      ${actionButton(
        {
          label: 'Show this proxy',
          call: { method: 'PUT', path: '/proxy', body: form },
          after: async () => {
            await loadProxy()
            followLanes(true)
          },
        },
        'Show this proxy',
        'primary',
      )}
    </div>
  </section>`
}

function pageView(name: string, page: AdminPage | null): TemplateResult | typeof nothing {
  if (page === null) return nothing
  return html`<details>
    <summary>${name}</summary>
    ${textView(readable(page.text), name)}
  </details>`
}

/** JSON as one line for each value. Any other text is as it is. */
function readable(text: string): string {
  try {
    return linesOf('', JSON.parse(text)).join('\n')
  } catch {
    return text
  }
}

function linesOf(path: string, value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${path}${String(value)}`]
  return Object.entries(value).flatMap(([name, part]) => linesOf(`${path}${name}: `, part))
}
