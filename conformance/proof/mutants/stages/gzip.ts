import { constants, createGunzip, createGzip, type Gunzip } from 'node:zlib'

import { fieldValue } from '../http/head.ts'
import { when, type StageFactory } from './stage.ts'

/**
 * A stage that compresses. `each` flushes every piece, `window` only what its window no longer
 * needs.
 */
export function gzip(flush: 'each' | 'window'): StageFactory {
  return ({ emit, finish }) => {
    const encoder = createGzip()
    encoder.on('data', emit)
    encoder.on('end', finish)
    return {
      push: (bytes) => {
        encoder.write(bytes)
        if (flush === 'each') encoder.flush(constants.Z_SYNC_FLUSH)
      },
      end: () => encoder.end(),
      close: () => encoder.destroy(),
    }
  }
}

/**
 * A stage that decompresses streams with Content-Encoding: gzip. `one-for-all` is a fault: all
 * streams have the same decoder.
 */
export function gunzip(decoders: 'one-each' | 'one-for-all'): StageFactory {
  let emitLatest: ((bytes: Buffer) => void) | undefined
  const shared = decoders === 'one-for-all' ? newDecoder((bytes) => emitLatest?.(bytes)) : undefined
  return when(
    ({ response }) => fieldValue(response, 'content-encoding') === 'gzip',
    ({ emit }) => {
      const decoder = shared ?? newDecoder(emit)
      return {
        push: (bytes) => {
          emitLatest = emit
          decoder.write(bytes)
        },
        close: () => {
          if (shared === undefined) decoder.destroy()
        },
      }
    },
  )
}

/** Emits nothing more after bytes that are not compressed. */
function newDecoder(emit: (bytes: Buffer) => void): Gunzip {
  const decoder = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
  decoder.on('data', emit)
  decoder.on('error', () => {})
  return decoder
}
