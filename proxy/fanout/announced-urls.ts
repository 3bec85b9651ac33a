import { encodeChunk } from '../sse/chunk.ts'
import { AgingMap } from './aging-map.ts'
import type { BodyFraming } from './subscriber.ts'

interface Announced {
  readonly url: string
  readonly backEnd: number
}

/**
 * The change log URLs that back ends have announced, the latest last. A client that may have missed
 * events gets them all again: it polls each log and so misses no change [protocol §5.9].
 */
export class AnnouncedUrls {
  readonly #maxUrls: number
  readonly #announced = new AgingMap<Announced>()
  readonly #onForget: ((urls: readonly string[]) => void)[] = []
  #announcements: Readonly<Record<BodyFraming, Buffer>> | undefined

  constructor(maxUrls: number) {
    this.#maxUrls = maxUrls
  }

  get size(): number {
    return this.#announced.size
  }

  /**
   * Records a URL that this back end announced, and evicts the oldest when there are too many.
   * Returns the copy of the URL that is kept, so that the frames of one change log share one
   * string.
   */
  add(url: string, backEnd: number): string {
    const known = this.#announced.get(url)
    const kept = known?.url ?? url
    this.#announced.renew(kept, known?.backEnd === backEnd ? known : { url: kept, backEnd })
    if (known === undefined) this.#announcements = undefined
    const { oldest } = this.#announced
    if (this.#announced.size > this.#maxUrls && oldest !== undefined) {
      this.#announced.delete(oldest[0])
    }
    return kept
  }

  has(url: string): boolean {
    return this.#announced.get(url) !== undefined
  }

  /** Forgets change logs that have ended, until a back end announces them again. */
  forget(urls: readonly string[]): void {
    for (const url of urls) this.#announced.delete(url)
    this.#announcements = undefined
    for (const listener of this.#onForget) listener(urls)
  }

  /** Called with the URLs that are forgotten. */
  onForget(listener: (urls: readonly string[]) => void): void {
    this.#onForget.push(listener)
  }

  /** All URLs, the latest last. */
  all(): readonly string[] {
    return [...this.#announced.entries()].map(([url]) => url)
  }

  /** URLs of one back end, the latest last. */
  of(backEnd: number): readonly string[] {
    return [...this.#announced.entries()]
      .filter(([, announced]) => announced.backEnd === backEnd)
      .map(([url]) => url)
  }

  /** Frames that announce every URL, without ids; joined once for all clients. */
  announcement(framing: BodyFraming): Buffer {
    this.#announcements ??= this.#join()
    return this.#announcements[framing]
  }

  #join(): Readonly<Record<BodyFraming, Buffer>> {
    const plain = Buffer.from(
      this.all()
        .map((url) => announcementOf(url))
        .join(''),
    )
    return { plain, chunked: plain.length === 0 ? plain : encodeChunk(plain) }
  }
}

/** The frame that announces a URL. */
export function announcementOf(url: string): string {
  return `data: ${url}\n\n`
}
