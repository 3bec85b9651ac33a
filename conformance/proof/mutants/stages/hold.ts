import type { StageFactory } from './stage.ts'

/** The held bytes, and the newest piece among them. */
export interface Held {
  readonly bytes: number
  readonly newest: Buffer
}

/** A stage that holds everything until `ready` returns true, or until the end. */
export function holdUntil(ready: (held: Held) => boolean): StageFactory {
  return ({ emit, finish, fail }) => {
    let pieces: Buffer[] = []
    let bytes = 0
    const release = () => {
      emit(Buffer.concat(pieces))
      pieces = []
      bytes = 0
    }
    return {
      push: (newest) => {
        pieces.push(newest)
        bytes += newest.length
        if (ready({ bytes, newest })) release()
      },
      end: () => {
        release()
        finish()
      },
      abort: () => {
        release()
        fail()
      },
    }
  }
}

/** A stage that holds the newest piece until another one arrives. */
export const holdNewest: StageFactory = ({ emit, finish, fail }) => {
  let newest = Buffer.alloc(0)
  const release = (next: Buffer) => {
    emit(newest)
    newest = Buffer.from(next)
  }
  return {
    push: release,
    end: () => {
      release(Buffer.alloc(0))
      finish()
    },
    abort: () => {
      release(Buffer.alloc(0))
      fail()
    },
  }
}

/**
 * A stage that sends input larger than one block in whole blocks, and holds the rest until more
 * arrives.
 */
export function wholeBlocks(blockBytes: number): StageFactory {
  return ({ emit, finish, fail }) => {
    let rest = Buffer.alloc(0)
    const release = () => emit(rest)
    return {
      push: (bytes) => {
        const all = Buffer.concat([rest, bytes])
        const sent = all.length < blockBytes ? all.length : all.length - (all.length % blockBytes)
        emit(all.subarray(0, sent))
        rest = all.subarray(sent)
      },
      end: () => {
        release()
        finish()
      },
      abort: () => {
        release()
        fail()
      },
    }
  }
}
