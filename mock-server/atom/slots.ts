import type { KeptMarkup } from '../content/item/kept-markup.ts'
import { NOTHING_KEPT } from '../content/item/kept-markup.ts'
import { withBaseUrl } from './write-payload.ts'

/**
 * Place of markup that goes in verbatim: an indenting writer would add white space to it. Undefined
 * when there is none.
 */
export function slot(markup: string): string | undefined {
  return markup === '' ? undefined : ''
}

const SLOT =
  /<kept-(\w+)\/>|(<entry(?: xmlns="[^"<]*")?) kept=""|(<content type="application\/vnd\.vizrt\.payload\+xml">)\d+(?=<\/content>)/g

/**
 * Puts the client's own markup into its places. The pattern matches real tags only, since text has
 * no `<`.
 */
export function fillSlots(
  entry: string,
  { payload, kept }: { readonly payload: string | null; readonly kept: KeptMarkup },
  baseUrl: string,
): string {
  if (payload === null && kept === NOTHING_KEPT) return entry
  return entry.replace(SLOT, (_slot, part?: string, start?: string, content?: string) => {
    if (start !== undefined) return start + kept.attributes
    if (content !== undefined) return content + withBaseUrl(payload ?? '', baseUrl)
    return isKeptPart(part) ? kept[part] : ''
  })
}

function isKeptPart(part: string | undefined): part is keyof KeptMarkup {
  return part !== undefined && Object.hasOwn(NOTHING_KEPT, part)
}
