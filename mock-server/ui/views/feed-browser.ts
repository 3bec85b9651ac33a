import { go } from '../app/act.ts'
import { documentOf, pathOfLink } from '../app/documents.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html } from '../lit.ts'
import { plural } from '../model/entry-text.ts'
import { readFeedPage } from '../model/feed-page.ts'
import { chip, field, valueOf } from './controls.ts'
import { xmlView } from './item-source.ts'

const START = 'webservice/escenic/changelog'

/** A feed as a reader sees it, with its links as buttons. */
export function feedBrowser({ route, info }: State): TemplateResult {
  const { feed = START } = route.query
  const xml = documentOf(feed, info?.changeId ?? 0)
  const { links, entries, mistakes } = readFeedPage(xml)
  return html`<h2>Feeds</h2>
    ${field(
      'Path',
      html`<input data-search .value=${feed} @change=${(event: Event) => open(valueOf(event))} />`,
    )}
    <div class="bar">
      ${links.map(({ rel, href }) => {
        const path = pathOfLink(href)
        return path === undefined
          ? html`<span title=${href}>${rel.split('/').at(-1)}</span>`
          : html`<button type="button" title=${href} @click=${() => open(path)}>
              ${rel.split('/').at(-1)}
            </button>`
      })}
      <span class="grow"></span>
      ${plural(entries.length, 'row')}
      ${
        mistakes.length === 0
          ? chip('well formed', 'good')
          : mistakes.map((mistake) => chip(mistake, 'bad'))
      }
    </div>
    ${xmlView(xml, 'Feed')}`
}

function open(feed: string): void {
  go({ screen: 'tools', query: { feed } })
}
