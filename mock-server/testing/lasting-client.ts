import type { MockContentStore } from '../start.ts'
import { demand, type IssuedIds } from './issued-ids.ts'
import { control, entry } from './item-client.ts'
import { readFeed } from './read-feed.ts'

const SERVICE = '/webservice/escenic'
const HEADERS = { authorization: `Basic ${btoa('user:password')}` }
/** More pages than any client needs, so that an endless loop fails. */
const MAX_PAGES = 500

/** A client that outlives resets and restarts of its store, and remembers what it was given. */
export class LastingClient {
  /** Change id of each item as the client knows it. */
  readonly known = new Map<number, number>()
  readonly #etags = new Map<number, string[]>()
  readonly #issued: IssuedIds
  #previous: string

  constructor(issued: IssuedIds, previous: string) {
    this.#issued = issued
    this.#previous = previous
  }

  get previous(): string {
    return this.#previous
  }

  /** One poll. False when the page was empty. */
  async poll({ url, control: engine }: MockContentStore): Promise<boolean> {
    const response = await fetch(url + this.#previous, { headers: HEADERS })
    demand(response.status === 200, `a poll is answered ${response.status}`)
    const page = readFeed(await response.text())
    for (const id of page.identifiers.map(Number)) this.known.set(id, engine.item(id).changeId)
    const previous = new URL(page.links.get('previous') ?? '')
    this.#previous = previous.pathname + previous.search
    return page.identifiers.length > 0
  }

  async catchUp(store: MockContentStore): Promise<void> {
    for (let pages = 0; pages < MAX_PAGES; pages += 1) if (!(await this.poll(store))) return
    throw new Error(`the log does not end after ${MAX_PAGES} pages`)
  }

  /**
   * Reads an item, then sends one of the ETags that the client has of it. Only the newest may
   * succeed.
   */
  async put({ url }: MockContentStore, id: number, nth: number): Promise<void> {
    const read = await fetch(`${url}${SERVICE}/content/${id}`, { headers: HEADERS })
    const current = read.headers.get('etag') ?? ''
    this.#issued.note(`item ${id} ETag ${current}`, await read.text())
    this.#issued.note(`ETag ${current}`, `item ${id}`)
    const tags = this.#etags.get(id) ?? []
    if (tags.at(-1) !== current) tags.push(current)
    this.#etags.set(id, tags)
    const sent = tags[nth % tags.length] ?? ''
    const { status } = await fetch(`${url}${SERVICE}/content/${id}`, {
      method: 'PUT',
      headers: { ...HEADERS, 'content-type': 'application/atom+xml', 'if-match': sent },
      body: entry(`<title>Put</title>${control('<app:draft>yes</app:draft>')}`),
    })
    const wanted = sent === current ? 204 : 412
    demand(status === wanted, `If-Match ${sent} of ${current}: expected ${wanted}, got ${status}`)
  }
}
