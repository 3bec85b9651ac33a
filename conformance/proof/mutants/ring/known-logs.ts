const MAX_URLS = 10_000

/**
 * Change logs that back ends have announced: events whose only line is `data` with a URL [protocol
 * §5.9].
 */
export class KnownLogs {
  readonly #urls = new Set<string>()

  learn(frame: Buffer): void {
    const url = /^data: ?(https?:\/\/[^\s]+)(?:\r\n|\r|\n){2}$/.exec(
      frame.toString('latin1', 0, 2048),
    )?.[1]
    if (url === undefined || this.#urls.size >= MAX_URLS) return
    this.#urls.add(url)
  }

  /** The gap event, then one event for each known change log. */
  announcement(reason: string): readonly Buffer[] {
    const gap = `event: sse-proxy-gap\ndata: {"reason":"${reason}"}\n\n`
    return [gap, ...Array.from(this.#urls, (url) => `data: ${url}\n\n`)].map((text) =>
      Buffer.from(text, 'latin1'),
    )
  }
}
