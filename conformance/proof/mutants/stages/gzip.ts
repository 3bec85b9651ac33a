import { constants, createGzip } from 'node:zlib'
import type { StageFactory } from './stage.ts'

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
