/**
 * Bytes on their way to many clients. Events are encoded once, framed once as a chunk [http/1.1
 * §7.1], and the same buffer is sent to every client.
 */
export class StreamBytes {
  readonly plain: Buffer
  #chunk: Buffer | undefined

  constructor(content: string | Buffer) {
    this.plain = typeof content === 'string' ? Buffer.from(content) : content
  }

  get length(): number {
    return this.plain.length
  }

  get chunk(): Buffer {
    const size = this.length.toString(16)
    // An empty chunk would end the body.
    this.#chunk ??=
      this.length === 0
        ? this.plain
        : Buffer.concat([Buffer.from(`${size}\r\n`), this.plain, Buffer.from('\r\n')])
    return this.#chunk
  }
}
