/** Limit of unwritten bytes, above which text is dropped. */
const MAX_UNWRITTEN_BYTES = 65_536

/**
 * Standard output or standard error. It never stops the store: text is dropped when the reader has
 * exited, does not read, or has a full disk.
 */
export class Output {
  readonly #stream: NodeJS.WritableStream & { readonly writableLength: number }

  constructor(stream: NodeJS.WritableStream & { readonly writableLength: number }) {
    this.#stream = stream
    // Without a listener the error would end the process.
    stream.on('error', () => {})
  }

  write(text: string): void {
    if (this.#stream.writableLength + text.length > MAX_UNWRITTEN_BYTES) return
    this.#stream.write(text)
  }
}
