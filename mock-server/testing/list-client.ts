import type { MockContentStore } from '../start.ts'

const SERVICE = '/webservice/escenic'
const LOGIN = { authorization: `Basic ${btoa('user:password')}` }

/** A list as a client reads it, in the order of the list. */
export interface ReadList {
  readonly status: number
  readonly etag: string | null
  readonly text: string
  readonly itemIds: readonly number[]
  readonly handles: readonly number[]
  readonly pinned: readonly boolean[]
}

/** The entry of a handle. */
export function poolEntry(priority: number | string, isPinned: boolean | string): string {
  return `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/vnd.vizrt.payload+xml">
    <vdf:payload xmlns:vdf="http://www.vizrt.com/types" model="http://cs.test${SERVICE}/publication/demo/model/com.escenic.poolentry">
      <vdf:field name="com.escenic.priority"><vdf:value>${priority}</vdf:value></vdf:field>
      <vdf:field name="com.escenic.pinned"><vdf:value>${isPinned}</vdf:value></vdf:field>
    </vdf:payload></content></entry>`
}

export async function readList({ url }: MockContentStore, id: number): Promise<ReadList> {
  return await parsed(await fetch(`${url}${SERVICE}/list-pool/${id}`, { headers: LOGIN }))
}

/** Posts the URIs of items to a list, or to a handle of one: `61`, `handle/3`. */
export async function postItems(
  { url }: MockContentStore,
  path: number | string,
  itemIds: readonly number[],
): Promise<ReadList> {
  const body = itemIds.map((id) => `${url}${SERVICE}/content/${id}\r\n`).join('')
  return await parsed(await sendList({ url }, 'POST', path, body))
}

export async function sendList(
  { url }: Pick<MockContentStore, 'url'>,
  method: string,
  path: number | string,
  body: string | null = null,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const type = method === 'PUT' ? 'application/atom+xml; type=entry' : 'text/uri-list'
  return await fetch(`${url}${SERVICE}/list-pool/${path}`, {
    method,
    headers: { ...LOGIN, 'content-type': type, ...headers },
    body,
  })
}

async function parsed(response: Response): Promise<ReadList> {
  const text = await response.text()
  const numbers = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, id]) => Number(id))
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    text,
    itemIds: numbers(/rel="about" href="[^"]*\/content\/(\d+)"/g),
    handles: numbers(/rel="edit" href="[^"]*\/handle\/(\d+)"/g),
    pinned: [...text.matchAll(/pinned">\s*<vdf:value>(\w+)</g)].map(([, flag]) => flag === 'true'),
  }
}
