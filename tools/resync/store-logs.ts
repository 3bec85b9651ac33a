import { z } from 'zod'

const LOGIN = { Authorization: `Basic ${Buffer.from('user:password').toString('base64')}` }
const LOGS = '/webservice/escenic/changelog'
/** Part of the demo publication. */
const PARENT = 12

const created = z.object({ sections: z.array(z.object({ id: z.int() })) })
const edited = z.object({ item: z.object({ id: z.int() }) })

/** How an item is edited. */
export const EDITS = ['create', 'change', 'delete'] as const

export interface Edit {
  /** The section, counted from 0, whose newest item is edited. */
  readonly section: number
  readonly how: (typeof EDITS)[number]
}

/** The change logs of a store, asked directly, and edits that change them. */
export class StoreLogs {
  /** Address of the store, which a restart may change. */
  storeUrl = ''
  readonly #publicUrl: string
  #sections: readonly number[] = []
  /** Items of each section, newest last. */
  readonly #items = new Map<number, number[]>()

  /** `publicUrl` = where the links of the store begin. */
  constructor(publicUrl: string) {
    this.#publicUrl = publicUrl
  }

  /** URLs of the logs of the publication and of the added sections, as the store announces them. */
  get urls(): readonly string[] {
    const sections = this.#sections.map((id) => `section/${id}`)
    return ['publication/1', ...sections].map((log) => `${this.#publicUrl}${LOGS}/${log}`)
  }

  async addSections(count: number): Promise<void> {
    const answer = await this.#call('POST', 'sections', { count, parent: PARENT })
    this.#sections = created.parse(answer).sections.map(({ id }) => id)
  }

  /** Without an item in the section it creates one. */
  async edit({ section, how }: Edit): Promise<void> {
    const id = this.#sections[section] ?? 0
    const items = this.#items.get(id) ?? []
    this.#items.set(id, items)
    const last = items.at(-1)
    if (how === 'create' || last === undefined) {
      const answer = await this.#call('POST', 'items', { section: id })
      items.push(edited.parse(answer).item.id)
    } else if (how === 'change') {
      await this.#call('PATCH', `items/${last}`, { title: 'changed' })
    } else {
      items.pop()
      await this.#call('DELETE', `items/${last}`)
    }
  }

  /** The link `previous` of each log, by its URL: it moves with every change of the log. */
  async links(): Promise<ReadonlyMap<string, string>> {
    const links = this.urls.map(async (url) => {
      const response = await fetch(this.storeUrl + new URL(url).pathname, { headers: LOGIN })
      const [, link = ''] = /<link rel="previous" href="([^"]+)"/.exec(await response.text()) ?? []
      if (link === '') throw new Error(`${url} answered ${response.status} without a link`)
      return [url, link.replaceAll('&amp;', '&')] as const
    })
    return new Map(await Promise.all(links))
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${this.storeUrl}/__mock/${path}`, { method, ...json })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return await response.json()
  }
}
