import type { StageFactory } from './stage.ts'

/**
 * A stage that aborts the stream after a time. Pieces that `restarts` accepts restart the clock.
 */
export function cutAfter(limitMs: number, restarts: (bytes: Buffer) => boolean): StageFactory {
  return ({ emit, fail }) => {
    let timer = setTimeout(fail, limitMs)
    return {
      push: (bytes) => {
        emit(bytes)
        if (!restarts(bytes)) return
        clearTimeout(timer)
        timer = setTimeout(fail, limitMs)
      },
      close: () => clearTimeout(timer),
    }
  }
}
