import type { StageFactory } from './stage.ts'

const LINE_END = /[\r\n]/
/** Every kind of line end closes a line. A final CR may be half of a CRLF. */
const AFTER_LINE_END = /(?<=\n|\r(?!\n))/

/**
 * A stage that edits whole lines, each with its line end, as latin1 text (one character per byte).
 * A line for which undefined is returned is left out.
 */
export function mapLines(edit: (line: string) => string | undefined): StageFactory {
  return ({ emit, finish }) => {
    /** The pieces of a line without its end. Splitting them with each packet takes quadratic time. */
    let held: string[] = []
    return {
      push: (bytes) => {
        held.push(bytes.toString('latin1'))
        if (!LINE_END.test(held.at(-1) ?? '')) return
        const lines = held.join('').split(AFTER_LINE_END)
        held = lines.at(-1)?.endsWith('\n') === true ? [] : lines.splice(-1)
        emit(Buffer.from(lines.map((line) => edit(line) ?? '').join(''), 'latin1'))
      },
      end: () => {
        const rest = held.join('')
        if (rest !== '') emit(Buffer.from(edit(rest) ?? '', 'latin1'))
        finish()
      },
    }
  }
}

/** A stage that edits whole frames, closing blank line included; `nth` counts them from 1. */
export function mapFrames(edit: (frame: string, nth: number) => string): StageFactory {
  return (context) => {
    let frame = ''
    let frames = 0
    const lines = mapLines((line) => {
      frame += line
      if (line.trim() !== '') return undefined
      frames += 1
      const edited = edit(frame, frames)
      frame = ''
      return edited
    })
    return lines({
      ...context,
      finish: () => {
        context.emit(Buffer.from(frame, 'latin1'))
        context.finish()
      },
    })
  }
}

/** A stage that edits each piece separately, as latin1 text. */
export function mapText(edit: (text: string) => string): StageFactory {
  return ({ emit }) => ({
    push: (bytes) => emit(Buffer.from(edit(bytes.toString('latin1')), 'latin1')),
  })
}
