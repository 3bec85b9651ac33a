import { createHash } from 'node:crypto'

import { MockServerError, notFound } from '../errors.ts'
import type { Limits } from './limits.ts'
import { assertCount, LIMITS } from './limits.ts'
import type { EffectSink } from './effect-sink.ts'
import { IN_MEMORY } from './effect-sink.ts'

/** One uploaded file. */
export interface Binary {
  /** Its URL below `/webservice/escenic/binary/`: publication, year, month, day, hour and file. */
  readonly path: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** A file that was added. */
export interface BinaryEffect {
  readonly kind: 'binary'
  readonly binary: Binary
  readonly id: number
}

export interface BinariesOptions {
  /** Limit of the bytes of all files. */
  readonly maxBytes: number
  readonly now: () => Date
  /** Ids begin above this one. */
  readonly lastId: number
  /** Default: `LIMITS`. */
  readonly limits?: Limits | undefined
  /** Default: none. */
  readonly sink?: Pick<EffectSink<BinaryEffect>, 'record'> | undefined
}

/**
 * The uploaded files, in memory. None is ever removed, because any item may use it; a reset removes
 * them all.
 */
export class Binaries {
  readonly #options: BinariesOptions
  readonly #files = new Map<string, BinaryEffect>()
  #lastId: number
  #bytes = 0
  /** Bytes of uploads that are being read. */
  #reserved = 0

  constructor(options: BinariesOptions) {
    this.#options = options
    this.#lastId = options.lastId
  }

  get lastId(): number {
    return this.#lastId
  }

  get counts(): { readonly files: number; readonly bytes: number } {
    return { files: this.#files.size, bytes: this.#bytes }
  }

  /** Every file, as the effect that added it. */
  get all(): readonly BinaryEffect[] {
    return [...this.#files.values()]
  }

  has(path: string): boolean {
    return this.#files.has(path)
  }

  get(path: string): Binary {
    const file = this.#files.get(path)
    if (file === undefined) throw notFound(`binary ${path}`)
    return file.binary
  }

  /**
   * Keeps room for an upload before it is read, so that uploads at the same time cannot exceed the
   * limit. Returns the function that gives the room back. Throws `too-large`.
   */
  reserve(bytes: number): () => void {
    const { maxBytes } = this.#options
    const taken = this.#bytes + this.#reserved
    if (taken + bytes > maxBytes) {
      throw new MockServerError(
        'too-large',
        `maxBinaryStoreBytes: ${taken} of ${maxBytes} bytes are taken, and this upload needs up to ${bytes}; ` +
          'reset the store, or start it with --max-binary-store-bytes N for more',
        { limit: 'maxBinaryStoreBytes' },
      )
    }
    this.#reserved += bytes
    let isHeld = true
    return () => {
      if (isHeld) this.#reserved -= bytes
      isHeld = false
    }
  }

  /** Stores a file for which room was kept. Throws `limit-reached`. */
  add(mediaType: string, bytes: Uint8Array): Binary {
    const { sink = IN_MEMORY, limits = LIMITS } = this.#options
    assertCount('binaries', this.#files.size + 1, limits)
    const id = this.#lastId + 1
    const path = `-1/${hourOf(this.#options.now())}/${uuidOf(id)}.bin`
    const effect = { kind: 'binary', binary: { path, mediaType, bytes }, id } as const
    sink.record(effect)
    this.apply(effect)
    return effect.binary
  }

  /** Applies an effect that is recorded already. */
  apply(effect: BinaryEffect): void {
    const { binary, id } = effect
    this.#lastId = Math.max(this.#lastId, id)
    this.#files.set(binary.path, effect)
    this.#bytes += binary.bytes.length
  }
}

/** As in the manual's sample: without zeros in front. */
function hourOf(now: Date): string {
  return [now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate(), now.getUTCHours()].join(
    '/',
  )
}

/** The same in every run, as all ids are. */
function uuidOf(id: number): string {
  const digits = createHash('sha256').update(`binary ${id}`).digest('hex')
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(12, 15)}`]
  return [...parts, `8${digits.slice(15, 18)}`, digits.slice(18, 30)].join('-')
}
