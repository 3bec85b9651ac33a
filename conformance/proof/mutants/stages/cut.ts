import type { StageFactory } from './stage.ts'

/** A stage that breaks the stream off after so long, counted anew from each piece that restarts the clock. */
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
