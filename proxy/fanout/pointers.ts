import { encodeChunk } from '../sse/chunk.ts'
import { AgingMap } from './aging-map.ts'
import type { BodyFraming } from './subscriber.ts'

/**
 * The change log URLs that back ends have announced, the latest last. A client that may have missed events is told them
 * all again: it polls each log and so misses no change [protocol §5.9].
 */
export class Pointers {
  readonly #maxPointers: number
  /** Back end of each URL. */
  readonly #backEnds = new AgingMap<number>()
  #announcements: Readonly<Record<BodyFraming, Buffer>> | undefined

  constructor(maxPointers: number) {
    this.#maxPointers = maxPointers
  }

  get size(): number {
    return this.#backEnds.size
  }

  /** Takes note of a URL that this back end announced. The oldest goes when there are too many. */
  note(url: string, backEnd: number): void {
    const isKnown = this.#backEnds.renew(url, backEnd)
    if (!isKnown) this.#announcements = undefined
    const { oldest } = this.#backEnds
    const isTooMany = this.#backEnds.size > this.#maxPointers
    if (isTooMany && oldest !== undefined) this.#backEnds.delete(oldest[0])
  }

  /** All URLs, the latest last. */
  all(): readonly string[] {
    return [...this.#backEnds.entries()].map(([url]) => url)
  }

  /** URLs of one back end, the latest last. */
  of(backEnd: number): readonly string[] {
    return [...this.#backEnds.entries()]
      .filter(([, owner]) => owner === backEnd)
      .map(([url]) => url)
  }

  /** Frames that announce every URL, joined once for all who need them; none has an id. */
  announcement(framing: BodyFraming): Buffer {
    this.#announcements ??= this.#join()
    return this.#announcements[framing]
  }

  #join(): Readonly<Record<BodyFraming, Buffer>> {
    const plain = Buffer.from(
      this.all()
        .map((url) => pointerFrame(url))
        .join(''),
    )
    return { plain, chunked: plain.length === 0 ? plain : encodeChunk(plain) }
  }
}

/** The frame that announces a URL. */
export function pointerFrame(url: string): string {
  return `data: ${url}\n\n`
}

/** The URL that a frame announces: an unnamed event whose data is one bare URL. Undefined for all others. */
export function pointerOf(frame: Buffer): string | undefined {
  if (frame.length > LONGEST_POINTER_BYTES) return undefined
  const lines = frame
    .toString('utf8')
    .split(/\r\n|\r|\n/)
    .filter((line) => line !== '')
  const fields = lines.filter((line) => !/^(id|retry)(:|$)/.test(line))
  const [field, ...others] = fields
  if (field === undefined || others.length > 0) return undefined
  return /^data: ?(https?:\/\/[!-~]+)$/.exec(field)?.[1]
}

const LONGEST_POINTER_BYTES = 4096
