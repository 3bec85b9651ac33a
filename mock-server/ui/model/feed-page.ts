/** An entry of a feed, by what the page shows of it. */
interface FeedEntry {
  readonly xml: string
  readonly itemId: string
}

/** A feed as a reader sees it: where it leads, and whether it holds what every feed must. */
export interface FeedPage {
  readonly links: readonly { readonly rel: string; readonly href: string }[]
  readonly entries: readonly FeedEntry[]
  readonly mistakes: readonly string[]
}

/** [rfc 4287] Finds links and entries by their tags, which the store writes one to a line. */
export function readFeedPage(xml: string): FeedPage {
  const [head = ''] = xml.split('<entry', 1)
  const links = [...head.matchAll(/<link\s([^<>]{0,2000})\/?>/g)].map(([, attributes = '']) => ({
    rel: attributeOf(attributes, 'rel') || 'alternate',
    href: attributeOf(attributes, 'href'),
  }))
  const entries = xml
    .split('<entry')
    .slice(1)
    .map((rest) => {
      const text = `<entry${rest.split('</entry>', 1)[0] ?? ''}</entry>`
      return { xml: text, itemId: /\/content\/(\d{1,15})/.exec(text)?.[1] ?? '' }
    })
  return { links, entries, mistakes: mistakesOf(xml, head, entries) }
}

function mistakesOf(xml: string, head: string, entries: readonly FeedEntry[]): readonly string[] {
  if (!xml.includes('<feed')) return xml.startsWith('HTTP ') ? ['not a feed'] : []
  // Without a title, because that of the real store has none by default.
  const needed = ['id', 'updated'].filter((name) => !head.includes(`<${name}`))
  const without = entries.filter((entry) => !entry.xml.includes('<id'))
  return [
    ...needed.map((name) => `the feed has no <${name}>`),
    ...(without.length === 0 ? [] : [`entries without an <id>: ${without.length}`]),
    ...(xml.trimEnd().endsWith('>') ? [] : ['the document ends in the middle']),
  ]
}

function attributeOf(attributes: string, name: string): string {
  const [, value = ''] = new RegExp(`\\b${name}="([^"]{0,2000})"`).exec(attributes) ?? []
  return value.replaceAll('&amp;', '&')
}
