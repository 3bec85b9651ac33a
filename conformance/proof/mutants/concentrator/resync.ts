import type { Frame } from './event-log.ts'

/** Bounds the number of remembered URLs per back end. */
const MAX_POINTERS = 10_000

/** Remembers every announced change log, so that it can be announced again [protocol §5.9]. */
export class Pointers {
  readonly #byUrl = new Map<string, Frame>()

  /** A frame whose data is one bare URL announces a change log. */
  learn(frame: Frame): void {
    const lines = frame.bytes
      .toString('utf8')
      .split(/\r\n|\r|\n/)
      .filter((line) => line !== '')
    const [, url] = /^data: ?(https?:\/\/\S+)$/.exec(lines[0] ?? '') ?? []
    if (url === undefined || lines.length !== 1) return
    this.#byUrl.delete(url)
    this.#byUrl.set(url, frame)
    const [oldest] = this.#byUrl.keys()
    if (this.#byUrl.size > MAX_POINTERS && oldest !== undefined) this.#byUrl.delete(oldest)
  }

  all(): readonly Frame[] {
    return [...this.#byUrl.values()]
  }
}

/**
 * Says that the replay is incomplete. It has data, because clients do not dispatch an event without
 * data.
 */
export function gapFrame(id: string, reason = 'unknown id'): Frame {
  const bytes = Buffer.from(`event: sse-proxy-gap\ndata: {"reason":"${reason}"}\n\n`)
  return { id, backend: -1, bytes }
}
