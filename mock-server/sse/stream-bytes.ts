/**
 * Bytes on their way to many clients. What is encoded once is also framed once as a chunk of a chunked body
 * [http/1.1 §7.1], and every client is sent the same buffer.
 */
export class StreamBytes {
  readonly plain: Buffer
  #chunk: Buffer | undefined

  constructor(text: string) {
    this.plain = Buffer.from(text)
  }

  get length(): number {
    return this.plain.length
  }

  get chunk(): Buffer {
    const size = this.length.toString(16)
    // A chunk of no bytes would end the body.
    this.#chunk ??=
      this.length === 0
        ? this.plain
        : Buffer.concat([Buffer.from(`${size}\r\n`), this.plain, Buffer.from('\r\n')])
    return this.#chunk
  }
}
