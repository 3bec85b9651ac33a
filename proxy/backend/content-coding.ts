import { Duplex, pipeline, type Readable } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
} from 'node:zlib'

import { ProxyError } from '../errors.ts'

/** A content coding that the proxy decodes [http §8.4.1]. */
export type ContentCoding = 'gzip' | 'deflate' | 'br'

const CODINGS: ReadonlyMap<string, ContentCoding> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
])
/** A longer list serves only to multiply the decoded size. */
const MAX_CODINGS = 2

/**
 * The codings of a `Content-Encoding` field in the order in which they were applied. Throws
 * `back-end-refused` for those that are not decoded.
 */
export function readCodings(field: string | undefined): readonly ContentCoding[] {
  // [http §8.4.1] Names in any letter case, in a list; `identity` is not a coding.
  const names = (field ?? '').split(',').map((name) => name.trim().toLowerCase())
  const codings: ContentCoding[] = []
  for (const name of names) {
    if (name === '' || name === 'identity') continue
    const coding = CODINGS.get(name)
    if (coding === undefined || codings.length === MAX_CODINGS) {
      const came = JSON.stringify((field ?? '').slice(0, 100))
      throw new ProxyError(
        'back-end-refused',
        `answered Content-Encoding ${came}, expected none (the proxy asks for identity), gzip, deflate or br: switch compression off for the stream`,
      )
    }
    codings.push(coding)
  }
  return codings
}

/** The decoded body. Received bytes are decoded at once, without waiting for more. */
export function decodeBody(body: Readable, codings: readonly ContentCoding[]): Readable {
  // Each stream emits its own error. Only the last stream is read.
  return codings.toReversed().reduce<Readable>((from, coding) => {
    const decoder = DECODERS[coding]()
    pipeline(from, decoder, ignore)
    return decoder
  }, body)
}

const ZLIB_AT_ONCE = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }
const BROTLI_AT_ONCE = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
}

const DECODERS: Readonly<Record<ContentCoding, () => Duplex>> = {
  gzip: () => createGunzip(ZLIB_AT_ONCE),
  br: () => createBrotliDecompress(BROTLI_AT_ONCE),
  deflate: () => Duplex.from(inflateEither),
}

const DEFLATE_METHOD = 8

/**
 * [http §8.4.1.2] `deflate` means the zlib format; some servers send raw deflate data. The first
 * byte shows which.
 */
async function* inflateEither(coded: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = coded[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done === true) return
  const isFramed = ((first.value[0] ?? 0) & 0x0f) === DEFLATE_METHOD
  const decoder = isFramed ? createInflate(ZLIB_AT_ONCE) : createInflateRaw(ZLIB_AT_ONCE)
  const all = async function* all(): AsyncGenerator<Buffer> {
    yield first.value
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  yield* pipeline(all(), decoder, ignore)
}

function ignore(): void {}
