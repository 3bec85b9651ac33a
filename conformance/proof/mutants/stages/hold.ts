import { afterRelease, type StageFactory } from './stage.ts'

/** The held bytes, and the newest piece among them. */
export interface Held {
  readonly bytes: number
  readonly newest: Buffer
}

/** A stage that holds everything until `ready` returns true, or until the end. */
export function holdUntil(ready: (held: Held) => boolean): StageFactory {
  return (context) => {
    const { emit } = context
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
      ...afterRelease(release, context),
    }
  }
}

/** A stage that holds the newest piece until another one arrives. */
export const holdNewest: StageFactory = (context) => {
  const { emit } = context
  let newest = Buffer.alloc(0)
  const release = (next: Buffer) => {
    emit(newest)
    newest = Buffer.from(next)
  }
  return {
    push: release,
    ...afterRelease(() => release(Buffer.alloc(0)), context),
  }
}

/**
 * A stage that sends input larger than one block in whole blocks, and holds the rest until more
 * arrives.
 */
export function wholeBlocks(blockBytes: number): StageFactory {
  return (context) => {
    const { emit } = context
    let rest = Buffer.alloc(0)
    const release = () => emit(rest)
    return {
      push: (bytes) => {
        const all = Buffer.concat([rest, bytes])
        const sent = all.length < blockBytes ? all.length : all.length - (all.length % blockBytes)
        emit(all.subarray(0, sent))
        rest = all.subarray(sent)
      },
      ...afterRelease(release, context),
    }
  }
}
