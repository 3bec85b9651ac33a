const START_BYTES = 64

/** Bytes that follow the end of a response. */
export class Surplus {
  #bytes = 0
  #start = Buffer.alloc(0)

  get bytes(): number {
    return this.#bytes
  }

  /** The first 64 of them. */
  get start(): Buffer {
    return this.#start
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length
    const left = START_BYTES - this.#start.length
    if (left > 0) this.#start = Buffer.concat([this.#start, chunk.subarray(0, left)])
  }
}
