import { NS } from '../atom/names.ts'
import { escapeValue } from '../atom/write-markup.ts'
import { MockServerError } from '../errors.ts'
import { serviceUrls } from '../service-urls.ts'
import type { Context } from './context.ts'
import type { PoliteClient, StoreAnswer } from './polite-client.ts'
import { pathOf } from './polite-client.ts'

const TITLE = 'Test of mock-content-store learn'
const ATOM = 'application/atom+xml'
/** Time limit for the deletion of items after everything else has stopped. */
const REMOVE_MS = 10_000

export interface EntryParts {
  /** `app:draft`. */
  readonly draft: 'yes' | 'no'
  /** Content type of the payload; default: no payload. */
  readonly type?: string | undefined
  readonly title?: string | undefined
  /** The field `title` of the payload; default: the same title. */
  readonly fieldTitle?: string | undefined
}

/** Items that `learn` creates in the test section. Disposing deletes those that still exist. */
export class TestItems implements AsyncDisposable {
  readonly #client: PoliteClient
  readonly #sectionId: number
  readonly #onStep: (what: string) => void
  readonly #left = new Set<string>()

  constructor({ client, onStep }: Pick<Context, 'client' | 'onStep'>, sectionId: number) {
    this.#client = client
    this.#sectionId = sectionId
    this.#onStep = onStep
  }

  /** Creates an item and returns its path. Throws `unreachable` if the store does not create it. */
  async create(parts: EntryParts): Promise<string> {
    const answer = await this.post(entryXml(parts))
    const location = answer.headers.get('Location')
    if (answer.status === 201 && location !== null) return pathOf(location)
    throw new MockServerError(
      'unreachable',
      `section ${this.#sectionId} takes no item: expected 201 with a Location, got ${answer.status}`,
    )
  }

  /** Posts any body. If the store creates an item, it is deleted at the end. */
  async post(body: string): Promise<StoreAnswer> {
    const url = serviceUrls('').contentItems(this.#sectionId)
    const answer = await this.#client.send(url, {
      method: 'POST',
      headers: { 'Content-Type': ATOM },
      body,
      mustFinish: true,
    })
    const location = answer.headers.get('Location')
    if (answer.status === 201 && location !== null) this.#left.add(pathOf(location))
    return answer
  }

  async get(item: string): Promise<StoreAnswer> {
    return this.#client.send(item)
  }

  /** Without `ifMatch` the header is omitted; `current` requests the ETag first. */
  async put(item: string, parts: EntryParts, ifMatch?: string): Promise<StoreAnswer> {
    const tag =
      ifMatch === 'current' ? ((await this.get(item)).headers.get('ETag') ?? '*') : ifMatch
    const headers = { 'Content-Type': ATOM, ...(tag === undefined ? {} : { 'If-Match': tag }) }
    return this.#client.send(item, { method: 'PUT', headers, body: entryXml(parts) })
  }

  async delete(item: string): Promise<StoreAnswer> {
    const answer = await remove(this.#client, item)
    if (answer.status < 300) this.#left.delete(item)
    return answer
  }

  /**
   * Reports items that could not be deleted. It does not throw, because the error that ended
   * `learn` is more important.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#client.lastWish(AbortSignal.timeout(REMOVE_MS))
    for (const item of this.#left) {
      try {
        const { status } = await remove(client, item)
        if (status >= 300) this.#onStep(`${item} is left: its DELETE is answered ${status}`)
      } catch (error) {
        this.#onStep(`${item} is left: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
}

async function remove(client: PoliteClient, item: string): Promise<StoreAnswer> {
  const etag = (await client.send(item)).headers.get('ETag')
  const headers: Readonly<Record<string, string>> = etag === null ? {} : { 'If-Match': etag }
  return client.send(item, { method: 'DELETE', headers })
}

function entryXml({ draft, type, title = TITLE, fieldTitle = title }: EntryParts): string {
  const payload =
    type === undefined
      ? ''
      : `<content type="application/vnd.vizrt.payload+xml"><vdf:payload xmlns:vdf="${NS.vdf}" model="${escapeValue(type)}"><vdf:field name="title"><vdf:value>${fieldTitle}</vdf:value></vdf:field></vdf:payload></content>`
  return (
    `<?xml version="1.0" encoding="UTF-8"?><entry xmlns="${NS.atom}" xmlns:app="${NS.app}">` +
    `<title type="text">${title}</title><app:control><app:draft>${draft}</app:draft></app:control>${payload}</entry>`
  )
}
