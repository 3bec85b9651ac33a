import type { Element } from '@xmldom/xmldom'

import type { ContentItem } from '../content/item/item.ts'
import type { ContentStore } from '../content/store.ts'
import { NS } from './names.ts'
import { badEntry } from './parse-xml.ts'
import { escapeValue } from './write-markup.ts'

/** URLs of the files that a payload links to. */
export function binariesIn(payload: Element): readonly string[] {
  const links = Array.from(payload.getElementsByTagNameNS(NS.atom, 'link'))
  return links.flatMap((link) =>
    link.getAttribute('rel') === 'edit-media' ? [link.getAttribute('href') ?? ''] : [],
  )
}

/**
 * Throws `bad-entry` for a link to a file that was never uploaded, unless the item has it already.
 */
export function assertBinaries(
  store: Pick<ContentStore, 'binaries'>,
  urls: readonly string[],
  item?: Pick<ContentItem, 'payload'>,
): void {
  for (const url of urls) {
    const [, path] = url.split('/webservice/escenic/binary/', 2)
    const isFound = path === undefined || store.binaries.has(path)
    if (isFound || item?.payload?.includes(escapeValue(url)) === true) continue
    throw badEntry(
      `edit-media: there is no ${url.slice(0, 200)}; POST the file to /webservice/escenic/binary first`,
    )
  }
}
