const LF = 0x0a
const CR = 0x0d
/** Enough for the version at the end of a request line: ` HTTP/2.0` and a CR. */
const VERSION_CHARACTERS = 12
const OTHER_VERSION = / HTTP\/[02-9]\.[0-9]\r?$/

/**
 * Finds the end of one request head in bytes that come in any pieces, without keeping or judging
 * them.
 */
export class HeadScanner {
  /**
   * Whether the current line, and the head, has a character yet: blank lines before a request do
   * not count [http/1.1 §2.2].
   */
  #lineHasText = false
  #headHasText = false
  #requestLineEnd = ''
  #namesOtherVersion = false

  /** Whether the request line names a major version of HTTP other than 1. */
  get namesOtherVersion(): boolean {
    return this.#namesOtherVersion
  }

  /**
   * Position in this piece after the blank line that ends the head; undefined while there is none.
   */
  scan(bytes: Buffer): number | undefined {
    let at = 0
    for (;;) {
      const lf = bytes.indexOf(LF, at)
      const lineEnd = lf === -1 ? bytes.length : lf
      this.#lineHasText ||= lineEnd - at > 1 || (lineEnd - at === 1 && bytes[at] !== CR)
      if (!this.#headHasText) this.#readVersion(bytes, at, lineEnd)
      if (lf === -1) return undefined
      at = lf + 1
      if (this.#lineHasText) this.#headHasText = true
      else if (this.#headHasText) return at
      this.#lineHasText = false
    }
  }

  /**
   * The request line may come in pieces, but after a version that it does not know `node:http`
   * reads no further.
   */
  #readVersion(bytes: Buffer, start: number, lineEnd: number): void {
    const from = Math.max(start, lineEnd - VERSION_CHARACTERS)
    const piece = bytes.toString('latin1', from, lineEnd)
    this.#requestLineEnd = (this.#requestLineEnd + piece).slice(-VERSION_CHARACTERS)
    this.#namesOtherVersion ||= OTHER_VERSION.test(this.#requestLineEnd)
  }
}
