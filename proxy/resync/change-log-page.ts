import { SaxesParser } from 'saxes'

/** What the proxy needs from a page of a change log. */
export interface ChangeLogPage {
  /** Link to the changes after this page [protocol §1.5]. */
  readonly previous: string
  readonly hasEntries: boolean
}

const ATOM = 'http://www.w3.org/2005/Atom'
const MAX_LINK = 4096
/** The parser looks for a namespace in every open element. */
const MAX_DEPTH = 64

/** A document that is not a page of a change log. */
export class NoChangeLog extends Error {
  override readonly name = 'NoChangeLog'
}

/**
 * Reads a page of a change log piece by piece, without keeping it. Only direct children of the feed
 * count: an entry has links and may have feeds of its own. Throws `NoChangeLog` for anything else.
 */
export class ChangeLogPageReader {
  readonly #parser = new SaxesParser({ xmlns: true })
  #depth = 0
  #isFeed = false
  #previous: string | undefined
  #hasEntries = false

  constructor() {
    this.#parser.on('error', ({ message }) => {
      throw new NoChangeLog(message)
    })
    // Entities of its own could make a small document large.
    this.#parser.on('doctype', () => {
      throw new NoChangeLog('it has a document type')
    })
    this.#parser.on('opentag', ({ uri, local, attributes }) => {
      const isAtom = uri === ATOM
      if (this.#depth === 0) this.#isFeed = isAtom && local === 'feed'
      if (!this.#isFeed) throw new NoChangeLog('its root is not an Atom feed')
      if (this.#depth === 1 && isAtom) this.#readChild(local, attributes)
      this.#depth += 1
      if (this.#depth > MAX_DEPTH) throw new NoChangeLog('its elements are nested too deeply')
    })
    this.#parser.on('closetag', () => {
      this.#depth -= 1
    })
  }

  write(text: string): void {
    this.#parser.write(text)
  }

  /** The page, at the end of the document; `url` = where it is from. */
  end(url: string): ChangeLogPage {
    this.#parser.close()
    const href = this.#previous
    if (href === undefined || href.length > MAX_LINK || !URL.canParse(href, url)) {
      throw new NoChangeLog('it has no link "previous"')
    }
    return { previous: new URL(href, url).href, hasEntries: this.#hasEntries }
  }

  #readChild(
    name: string,
    attributes: Readonly<Record<string, { readonly value: string } | string>>,
  ): void {
    if (name === 'entry') this.#hasEntries = true
    if (name === 'link' && textOf(attributes['rel']) === 'previous') {
      this.#previous ??= textOf(attributes['href'])
    }
  }
}

function textOf(attribute: { readonly value: string } | string | undefined): string | undefined {
  return typeof attribute === 'string' ? attribute : attribute?.value
}
