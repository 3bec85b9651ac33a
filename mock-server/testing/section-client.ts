import type { MockContentStore } from '../start.ts'

const SERVICE = '/webservice/escenic'
const HEADERS = {
  authorization: `Basic ${btoa('user:password')}`,
  'content-type': 'application/atom+xml',
}
const MODEL = 'http://cs.test/webservice/escenic/publication/demo/model/com.escenic.section'

/** What a test writes into the entry of a section. */
export interface SectionParts {
  readonly name?: string | undefined
  readonly uniqueName?: string | undefined
  readonly directoryName?: string | undefined
  /** Id of the section that the entry links to as its parent. */
  readonly parent?: number | undefined
  /** Further fields of the payload. */
  readonly fields?: string | undefined
  /** Further parts of the entry. */
  readonly extra?: string | undefined
}

export function sectionField(name: string, value: string): string {
  return `<vdf:field name="com.escenic.${name}"><vdf:value>${value}</vdf:value></vdf:field>`
}

/** A section's entry, as in the manual. */
export function sectionEntry(parts: SectionParts): string {
  const fields = Object.entries({
    sectionName: parts.name,
    uniqueName: parts.uniqueName,
    directoryName: parts.directoryName,
  }).map(([name, value]) => (value === undefined ? '' : sectionField(name, value)))
  const parent =
    parts.parent === undefined
      ? ''
      : `<link rel="http://www.vizrt.com/types/relation/parent" href="http://cs.test${SERVICE}/section/${parts.parent}" title="Home" type="application/atom+xml; type=entry"/>`
  return `<entry xmlns="http://www.w3.org/2005/Atom">${parent}${parts.extra ?? ''}
    <content type="application/vnd.vizrt.payload+xml"><vdf:payload xmlns:vdf="http://www.vizrt.com/types"
      model="${MODEL}">${fields.join('')}${parts.fields ?? ''}</vdf:payload></content></entry>`
}

/** Posts a section to the `down` link of another one, or to the collection of all sections. */
export async function postSection(
  { url }: MockContentStore,
  parent: number | 'collection',
  body: string,
): Promise<Response> {
  const path = parent === 'collection' ? 'section' : `section/${parent}/subsections`
  return await fetch(`${url}${SERVICE}/${path}`, { method: 'POST', headers: HEADERS, body })
}

export async function putSection(
  { url }: MockContentStore,
  id: number,
  body: string,
  ifMatch = '*',
): Promise<Response> {
  const headers = { ...HEADERS, 'if-match': ifMatch }
  return await fetch(`${url}${SERVICE}/section/${id}`, { method: 'PUT', headers, body })
}

export async function getSection(
  { url }: MockContentStore,
  id: number,
): Promise<{ readonly etag: string; readonly text: string }> {
  const response = await fetch(`${url}${SERVICE}/section/${id}`, { headers: HEADERS })
  if (response.status !== 200) throw new Error(`section ${id} is answered ${response.status}`)
  return { etag: response.headers.get('etag') ?? '', text: await response.text() }
}
