import type { StageFactory } from './stage.ts'

/** A stage that adds an empty line and a comment after each silence of this length. */
export function commentAfter(silenceMs: number): StageFactory {
  return ({ emit }) => {
    const comment = (): void => {
      emit(Buffer.from('\n: ping\n\n'))
      timer.refresh()
    }
    const timer = setTimeout(comment, silenceMs)
    return {
      push: (bytes) => {
        emit(bytes)
        timer.refresh()
      },
      close: () => clearTimeout(timer),
    }
  }
}
