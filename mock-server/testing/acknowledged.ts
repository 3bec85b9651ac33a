import { control, entry } from './item-client.ts'

export const SERVICE = '/webservice/escenic'
const HEADERS = {
  authorization: `Basic ${btoa('user:password')}`,
  'content-type': 'application/atom+xml',
}
/** Things of a kind that are kept before the oldest one is deleted. */
const MOST_KEPT = 2

/** An editor that changes a store until it is killed, and knows what the store acknowledged. */
interface Actor {
  /** Changes the store; `onChange` is called for each acknowledged change. Throws for a refusal. */
  act(url: string, onChange: () => void): Promise<void>
  /** What is wrong in a restarted store, by what was acknowledged. */
  check(url: string): Promise<readonly string[]>
}

/** Calls `change` again and again, until the connection ends with the store. */
async function untilGone(change: () => Promise<void>): Promise<void> {
  try {
    for (;;) await change()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}

async function accepted(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (response.status >= 300)
    throw new Error(`${init.method} ${url}: ${response.status} ${await response.text()}`)
  return response
}

async function sendJson(method: string, url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await accepted(url, { method, headers, body: JSON.stringify(body) })
}

/** Edits one item by the control API, in the space at `base`. */
export class ControlEditor implements Actor {
  readonly base: string
  /** The title that was acknowledged last. */
  title = ''
  edits = 0
  readonly #name: string
  readonly #path: string
  /** Each edit has another title: one may be written, and asked again, without an answer. */
  #asks = 0
  #asked = ''

  constructor(name: string, base: string, itemId: number) {
    this.base = base
    this.#name = name
    this.#path = `${base}/__mock/items/${itemId}`
  }

  async act(url: string, onChange: () => void): Promise<void> {
    await untilGone(async () => {
      this.#asks += 1
      this.#asked = `${this.#name} edit ${this.#asks}`
      await sendJson('PATCH', url + this.#path, { title: this.#asked })
      this.title = this.#asked
      this.edits += 1
      onChange()
    })
  }

  async check(url: string): Promise<readonly string[]> {
    if (this.#asked === '') return []
    const { item } = Object(await (await fetch(url + this.#path)).json())
    const wanted = this.title
    // The kill came after the write and before the answer.
    const isLastAsked = item.title === this.#asked
    // Until its first edit is there, the item has a title that is not this editor's.
    this.title = wanted === '' && !isLastAsked ? '' : item.title
    if (item.title === wanted || isLastAsked || wanted === '') return []
    return [`${this.#path} has "${item.title}" after "${wanted}" was acknowledged`]
  }
}

/** Writes one item by the web service, in the space at `base`. */
export class ItemEditor implements Actor {
  path = ''
  /** The title that was acknowledged last. */
  title = ''
  /** The title that the log had at the last poll. */
  polled = ''
  edits = 0
  readonly base: string
  readonly #name: string
  #etag = ''
  /** Each edit has another title, as above. */
  #asks = 0
  #asked = ''

  constructor(name: string, base: string) {
    this.#name = name
    this.base = base
  }

  async act(url: string, onChange: () => void): Promise<void> {
    await untilGone(async () => {
      if (this.path === '') await this.#create(url)
      this.#asks += 1
      this.#asked = `${this.#name} edit ${this.#asks}`
      const response = await this.#send(url + this.path, 'PUT', { 'if-match': this.#etag })
      this.#etag = response.headers.get('etag') ?? ''
      this.title = this.#asked
      this.edits += 1
      onChange()
    })
  }

  async check(url: string): Promise<readonly string[]> {
    if (this.path === '') return []
    const response = await fetch(url + this.path, { headers: HEADERS })
    const [, title = ''] = /<title[^>]*>([^<]*)</.exec(await response.text()) ?? []
    const etag = response.headers.get('etag') ?? ''
    // The kill can come after the creation and before its ETag is read.
    const isAcknowledged = title === this.title && (this.#etag === '' || etag === this.#etag)
    // The kill came after the write and before the answer.
    const isLastAsked = title === this.#asked && title !== this.title && etag !== this.#etag
    const wanted = `"${this.title}" with ${this.#etag}`
    this.title = title
    this.#etag = etag
    if (isAcknowledged || isLastAsked) return []
    return [`${this.path} has "${title}" with ${etag} after ${wanted} was acknowledged`]
  }

  async #create(url: string): Promise<void> {
    this.#asked = `${this.#name} edit 0`
    const items = `${url}${this.base}${SERVICE}/section/22/content-items`
    const { headers } = await this.#send(items, 'POST')
    this.path = new URL(headers.get('location') ?? '').pathname
    this.title = this.#asked
    this.#etag = (await fetch(url + this.path, { headers: HEADERS })).headers.get('etag') ?? ''
  }

  async #send(url: string, method: string, headers: Readonly<Record<string, string>> = {}) {
    const body = entry(`<title>${this.#asked}</title>${control('<app:draft>no</app:draft>')}`)
    return accepted(url, { method, headers: { ...HEADERS, ...headers }, body })
  }
}

/** Creates named things of one kind, and deletes the oldest when there are several. */
abstract class NamedThings implements Actor {
  /** By name: what `note` returned before the creation. */
  readonly #acknowledged = new Map<string, string>()
  protected readonly collection: string
  #number = 0
  #created = ''
  #deleted = ''

  constructor(collection: string) {
    this.collection = collection
  }

  async act(url: string, onChange: () => void): Promise<void> {
    await untilGone(async () => {
      this.#number += 1
      this.#created = `n${this.#number}`
      const noted = this.note(this.#created)
      await this.create(url, this.#created)
      this.#acknowledged.set(this.#created, noted)
      onChange()
      // More than one after a kill between a creation and a deletion.
      for (const oldest of this.#acknowledged.keys()) {
        if (this.#acknowledged.size <= MOST_KEPT) return
        this.#deleted = oldest
        await accepted(`${url}${this.collection}/${oldest}`, { method: 'DELETE' })
        this.#acknowledged.delete(oldest)
        onChange()
      }
    })
  }

  async check(url: string): Promise<readonly string[]> {
    const response = await fetch(url + this.collection)
    const names = [...(await response.text()).matchAll(/"name":"(n\d+)"/g)].map(
      ([, name = '']) => name,
    )
    // The kill came after the deletion and before the answer.
    if (!names.includes(this.#deleted)) this.#acknowledged.delete(this.#deleted)
    const wanted = [...this.#acknowledged.keys()]
    // The kill came after the creation and before the answer.
    const surplus = names.filter((name) => !wanted.includes(name) && name !== this.#created)
    const wrong = [
      ...wanted.filter((name) => !names.includes(name)).map((name) => `${name} is lost`),
      ...surplus.map((name) => `${name} is there again`),
    ]
    for (const [name, noted] of this.#acknowledged)
      if (names.includes(name)) wrong.push(...(await this.checkOne(url, name, noted)))
    if (names.includes(this.#created) && !this.#acknowledged.has(this.#created)) {
      await accepted(`${url}${this.collection}/${this.#created}`, { method: 'DELETE' })
    }
    return wrong.map((text) => `${this.collection}: ${text}`)
  }

  /** What a thing that is created now must have at least. */
  protected abstract note(name: string): string
  protected abstract create(url: string, name: string): Promise<void>
  protected abstract checkOne(url: string, name: string, noted: string): Promise<readonly string[]>
}

/** Saves contents of the space at the editor's base: each has what the editor had written. */
export class SnapshotSaver extends NamedThings {
  readonly #editor: ControlEditor

  constructor(editor: ControlEditor) {
    super(`${editor.base}/__mock/snapshots`)
    this.#editor = editor
  }

  protected note(): string {
    return this.#editor.title
  }

  protected async create(url: string, name: string): Promise<void> {
    await sendJson('POST', url + this.collection, { name })
  }

  protected async checkOne(url: string, name: string, noted: string): Promise<readonly string[]> {
    if (noted === '') return []
    const text = await (await fetch(`${url}${this.collection}/${name}/file`)).text()
    const [editor, number] = noted.split(' edit ')
    const [, found] = new RegExp(`"${editor} edit (\\d+)"`).exec(text) ?? []
    if (Number(found) >= Number(number)) return []
    return [`${name} has edit ${found} after "${noted}" was acknowledged`]
  }
}

/** Creates spaces, and edits an item in each. */
export class SpaceCreator extends NamedThings {
  constructor() {
    super('/__mock/spaces')
  }

  protected note(name: string): string {
    return `Edited in ${name}`
  }

  protected async create(url: string, name: string): Promise<void> {
    await sendJson('POST', url + this.collection, { name })
    await sendJson('PATCH', `${url}/space/${name}/__mock/items/801`, { title: this.note(name) })
  }

  protected async checkOne(url: string, name: string, noted: string): Promise<readonly string[]> {
    const text = await (await fetch(`${url}/space/${name}/__mock/items/801`)).text()
    return text.includes(`"${noted}"`) ? [] : [`${name} has no "${noted}"`]
  }
}
