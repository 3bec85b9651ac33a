import { go } from '../app/act.ts'
import { documentOf, pathOfLink } from '../app/documents.ts'
import type { State } from '../app/state.ts'
import type { TemplateResult } from '../lit.ts'
import { html } from '../lit.ts'
import { plural } from '../model/entry-text.ts'
import { readFeedPage } from '../model/feed-page.ts'
import type { Route } from '../model/route.ts'
import { writeRoute } from '../model/route.ts'
import { visibleBreaks } from '../model/visible-text.ts'
import { chip, field, preView, valueOf } from './controls.ts'

const START = 'webservice/escenic/changelog'

/** A feed as a reader sees it, with its links as buttons. */
export function feedBrowser({ route, info }: State): TemplateResult {
  const { feed = START } = route.query
  const xml = documentOf(feed, info?.changeId ?? 0)
  const { links, entries, mistakes } = readFeedPage(xml)
  return html`<h2>Feeds</h2>
    ${field(
      'Path',
      html`<input
        data-search
        .value=${feed}
        @change=${(event: Event) => go(routeOf(valueOf(event)))}
      />`,
    )}
    <div class="bar">
      ${links.map(({ rel, href }) => {
        const path = pathOfLink(href)
        const name = rel.split('/').at(-1)
        return path === undefined
          ? html`<span title=${href}>${name}</span>`
          : html`<a href=${writeRoute(routeOf(path))} title=${href}>${name}</a>`
      })}
      <span class="grow"></span>
      ${plural(entries.length, 'row')}
      ${
        mistakes.length === 0
          ? chip('well formed', 'good')
          : mistakes.map((mistake) => chip(mistake, 'bad'))
      }
    </div>
    ${preView(linked(xml), 'Feed')}`
}

/** A document, in which each URL of the store leads on. */
function linked(xml: string): readonly unknown[] {
  return xml.split(/(https?:\/\/[^"<>\s]+)/).map((part, index) => {
    const path = index % 2 === 0 ? undefined : pathOfLink(part.replaceAll('&amp;', '&'))
    const text = visibleBreaks(part)
    return path === undefined ? text : html`<a href=${writeRoute(routeOf(path))}>${text}</a>`
  })
}

function routeOf(feed: string): Partial<Route> {
  return { screen: 'tools', query: { feed } }
}
