import { AgingMap } from '../fanout/aging-map.ts'
import { type Engine, type KnownUrl, type LogHead, PAGE_URLS } from './engine.ts'
import type { EngineCalls } from './engine-calls.ts'

export interface RowUrlsOptions {
  readonly engine: Engine
  readonly calls: EngineCalls
  /** Names of the back ends. */
  readonly backEnds: readonly string[]
  /** Most URLs that are kept. */
  readonly maxUrls: number
  /** The row knows these URLs of a back end, and this member has not heard of them. */
  readonly onUrls: (backEnd: string, urls: readonly string[]) => void
}

/**
 * The change log URLs that the row knows. They outlive the entries that have announced them. The
 * engine keeps them for members that start; members give them back to an engine that has lost them.
 */
export class RowUrls {
  readonly #options: RowUrlsOptions
  readonly #known = new AgingMap<KnownUrl>()
  /** Forgotten here. They may have been announced again before the engine has forgotten them. */
  readonly #forgotten = new Set<string>()
  /** The engine when it was compared last. */
  #compared: LogHead | undefined
  /** What the engine had when the log ended with this number. */
  #found: { readonly urls: ReadonlyMap<string, KnownUrl>; readonly number: number } | undefined
  #isDue = true
  #isComparing = false
  #isLoaded: boolean

  constructor(options: RowUrlsOptions) {
    this.#options = options
    this.#isLoaded = options.maxUrls === 0
  }

  /** Whether it has had all URLs of the engine once. */
  get isLoaded(): boolean {
    return this.#isLoaded
  }

  /** The URLs, the latest last. */
  all(): readonly KnownUrl[] {
    return [...this.#known.entries()].map(([, known]) => known)
  }

  /** A back end has announced a URL. */
  heard(backEnd: string, url: string): void {
    const key = keyOf({ backEnd, url })
    if (this.#forgotten.delete(key)) this.#isDue = true
    this.#keep(key, this.#known.get(key) ?? { backEnd, url })
  }

  /** Forgets change logs that have ended. */
  forget(urls: readonly string[]): void {
    const { engine, calls, backEnds, maxUrls } = this.#options
    const ended = urls
      .flatMap((url) => backEnds.map((backEnd) => ({ backEnd, url })))
      .filter((known) => this.#known.delete(keyOf(known)))
    for (const page of pagesOf(ended)) calls.ask(engine.forget(page), () => {})
    for (const known of ended) this.#forgotten.add(keyOf(known))
    for (const key of this.#forgotten) {
      if (this.#forgotten.size <= maxUrls) break
      this.#forgotten.delete(key)
    }
  }

  /** The newest head of the engine. */
  see(head: LogHead): void {
    const last = this.#compared
    if (last === undefined) return
    const isNewEpoch = head.epochs.at(-1)?.name !== last.epochs.at(-1)?.name
    if (isNewEpoch || head.urlRevision !== last.urlRevision) this.#isDue = true
  }

  /** Either side may have URLs that the other one lacks. */
  compareAgain(): void {
    this.#isDue = true
  }

  /** Compares its URLs with those of the engine if that is due. `number` = that of its newest entry. */
  check(number: number): void {
    this.#compareAt(number)
    if (!this.#isDue || this.#isComparing || this.#options.maxUrls === 0) return
    this.#isDue = false
    this.#isComparing = true
    this.#load(new Map(), undefined)
  }

  #load(found: Map<string, KnownUrl>, from: number | undefined): void {
    const { engine, calls } = this.#options
    calls.askLog(
      engine.urls(from),
      ({ head, urls, next }) => {
        // It may get entries back whose URLs would be new. Once it is settled it has another epoch.
        if (this.#isLoaded && !head.isSettled) {
          this.#isComparing = false
          return
        }
        if (from === undefined) this.#compared = head
        for (const known of urls) found.set(keyOf(known), known)
        if (next !== undefined) this.#load(found, next)
        else if (this.#isLoaded) this.#found = { urls: found, number: head.number }
        else this.#compare(found)
      },
      this.#fail,
    )
  }

  /** Once it has the entries that the engine had then: they announce what else would be new here. */
  #compareAt(number: number): void {
    const found = this.#found
    if (found === undefined) return
    if (this.#isDue) {
      this.#found = undefined
      this.#isComparing = false
    } else if (number >= found.number) {
      this.#found = undefined
      this.#compare(found.urls)
    }
  }

  #compare(found: ReadonlyMap<string, KnownUrl>): void {
    const { onUrls } = this.#options
    const lost = this.all().filter((known) => !found.has(keyOf(known)))
    const learnt = [...found.values()].filter((known) => !this.#has(known))
    for (const known of learnt) this.#keep(keyOf(known), known)
    this.#isLoaded = true
    this.#giveBack([...pagesOf(lost)])
    for (const backEnd of new Set(learnt.map((known) => known.backEnd))) {
      const urls = learnt.filter((known) => known.backEnd === backEnd).map(({ url }) => url)
      onUrls(backEnd, urls)
    }
  }

  /** The latest first: the engine puts each page before those that it has. */
  #giveBack(pages: readonly (readonly KnownUrl[])[]): void {
    const { engine, calls } = this.#options
    const page = pages.at(-1)
    if (page === undefined) {
      this.#isComparing = false
      return
    }
    calls.ask(engine.remember(page), () => this.#giveBack(pages.slice(0, -1)), this.#fail)
  }

  readonly #fail = (): void => {
    this.#isComparing = false
    this.#isDue = true
  }

  #has(known: KnownUrl): boolean {
    return this.#known.get(keyOf(known)) !== undefined
  }

  #keep(key: string, known: KnownUrl): void {
    this.#known.renew(key, known)
    const { oldest } = this.#known
    if (this.#known.size > this.#options.maxUrls && oldest !== undefined) {
      this.#known.delete(oldest[0])
    }
  }
}

/** No name of a back end has a space. */
function keyOf({ backEnd, url }: KnownUrl): string {
  return `${backEnd} ${url}`
}

function* pagesOf(urls: readonly KnownUrl[]): Generator<readonly KnownUrl[]> {
  for (let at = 0; at < urls.length; at += PAGE_URLS) yield urls.slice(at, at + PAGE_URLS)
}
