import type { LineSplitter } from './line-splitter.ts'

/** Strictly decodes chunked transfer coding [http/1.1 §7.1] as bytes arrive. */
export class ChunkedReader {
  #state: 'size' | 'data' | 'data-end' | 'trailer' | 'end' = 'size'
  #left = 0
  readonly #violate: (what: string) => void

  constructor(violate: (what: string) => void) {
    this.#violate = violate
  }

  /** True after the last chunk and its trailer section. */
  get ended(): boolean {
    return this.#state === 'end'
  }

  /**
   * Content completed by the bytes so far. Stops at the end of the body. Undefined: the coding is
   * broken.
   */
  read(input: LineSplitter): Buffer | undefined {
    const content: Buffer[] = []
    for (;;) {
      switch (this.#state) {
        case 'size': {
          const line = input.takeLine()
          if (line === undefined && input.lineTooLong) {
            this.#violate('a chunk size does not end')
            return undefined
          }
          if (line === undefined) return Buffer.concat(content)
          const size = /^0*([0-9A-Fa-f]{1,12})(?:[ \t]*;.*)?$/.exec(line)?.[1]
          if (size === undefined) {
            this.#violate(`expected a chunk size, got ${JSON.stringify(line.slice(0, 40))}`)
            return undefined
          }
          this.#left = Number.parseInt(size, 16)
          this.#state = this.#left === 0 ? 'trailer' : 'data'
          break
        }
        case 'data': {
          const bytes = input.takeBytes(this.#left)
          if (bytes.length === 0) return Buffer.concat(content)
          content.push(bytes)
          this.#left -= bytes.length
          if (this.#left === 0) this.#state = 'data-end'
          break
        }
        case 'data-end': {
          if (input.size < 2) return Buffer.concat(content)
          const end = input.takeBytes(2).toString('latin1')
          if (end !== '\r\n') {
            this.#violate(`expected CRLF after chunk data, got ${JSON.stringify(end)}`)
            return undefined
          }
          this.#state = 'size'
          break
        }
        case 'trailer': {
          const line = input.takeLine()
          if (line === undefined && input.lineTooLong) {
            this.#violate('a trailer does not end')
            return undefined
          }
          if (line === undefined) return Buffer.concat(content)
          if (line === '') this.#state = 'end'
          break
        }
        case 'end':
          return Buffer.concat(content)
      }
    }
  }
}
