/**
 * The URL of the link that leads to newer entries, or undefined. [protocol §1.5] A feed is foreign
 * text, so this reads it in one pass.
 */
export function previousLinkOf(feed: string): string | undefined {
  for (const part of feed.split('<link ').slice(1)) {
    const [tag = ''] = part.split('>', 1)
    if (tag.includes('rel="previous"')) return attributeOf(tag, 'href')
  }
  return undefined
}

/**
 * The URL of the log that has all changes of a publication, from the list of change logs. [protocol
 * §1.2]
 */
export function publicationLogOf(feed: string): string | undefined {
  for (const part of feed.split('href="').slice(1)) {
    const [url = ''] = part.split('"', 1)
    if (url.includes('/changelog/publication/')) return url.split('?', 1)[0]
  }
  return undefined
}

function attributeOf(tag: string, name: string): string | undefined {
  const [, rest] = tag.split(`${name}="`, 2)
  return rest?.split('"', 1)[0]?.replaceAll('&amp;', '&')
}
