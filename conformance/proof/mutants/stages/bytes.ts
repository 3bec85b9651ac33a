import { StringDecoder } from 'node:string_decoder'
import { mapPieces, type StageFactory } from './stage.ts'
import { mapFrames, mapLines, mapText } from './text.ts'

const BOM = Buffer.from('\ufeff')
const NUL = 0
// oxlint-disable-next-line no-control-regex -- the pattern searches for control characters
const CONTROLS = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]/g

/** Reads every piece as latin1 and writes it as UTF-8. */
export const recodeLatin1 = mapPieces((bytes) => Buffer.from(bytes.toString('latin1')))

/** Decodes and encodes every piece separately, so that a character split between pieces is lost. */
export const recodePerPiece = mapPieces((bytes) => Buffer.from(bytes.toString('utf8')))

/** Truncates at NUL, like a program that keeps bytes in C strings. */
export const stopAtNul = mapPieces((bytes) => {
  const at = bytes.indexOf(NUL)
  return at < 0 ? bytes : bytes.subarray(0, at)
})

/** Replaces malformed UTF-8 by U+FFFD. Characters split between pieces are handled correctly. */
export const sanitiseUtf8: StageFactory = ({ emit }) => {
  const decoder = new StringDecoder('utf8')
  return { push: (bytes) => emit(Buffer.from(decoder.write(bytes))) }
}

/** Changes the first bytes of a stream, given its leading BOM. */
export function editStart(edit: (bom: Buffer) => Buffer): StageFactory {
  return ({ emit }) => {
    let started = false
    return {
      push: (bytes) => {
        const bom = bytes.subarray(0, bytes.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0)
        emit(started ? bytes : Buffer.concat([edit(bom), bytes.subarray(bom.length)]))
        started = true
      },
    }
  }
}

/** Removes every BOM, wherever it is. */
export const stripBoms = mapText((text) => text.replaceAll(BOM.toString('latin1'), ''))

/** Removes control characters other than line ends and tabs. */
export const stripControls = mapText((text) => text.replaceAll(CONTROLS, ''))

/** Drops a CR at the end of a piece. */
export const eatLoneCr = mapText((text) => text.replace(/\r$/, ''))

/** Removes comment lines. */
export const stripComments = mapLines((line) => (line.startsWith(':') ? undefined : line))

/** Removes lines of one field. */
export function stripField(name: string): StageFactory {
  return mapLines((line) => (fieldName(line) === name ? undefined : line))
}

/** Removes fields that the standard does not define. */
export const stripUnknownFields = mapLines((line) => {
  const known = ['', 'data', 'event', 'id', 'retry'].includes(fieldName(line))
  return known ? line : undefined
})

/** Removes all white space after the colon, not just one space. */
export const trimValues = mapLines((line) => line.replace(/^(\w+:)[ \t]+/, '$1 '))

/** Rewrites each field as `name: value` with an LF, and drops comments and unknown fields. */
export const reserialise = mapLines((line) => {
  const name = fieldName(line)
  const value = line.slice(name.length + 1).trim()
  if (line.trim() === '') return '\n'
  return ['data', 'event', 'id', 'retry'].includes(name) ? `${name}: ${value}\n` : undefined
})

/** Truncates a line at its second colon. */
export const cutAtSecondColon = mapLines((line) =>
  line.replace(/^([^:\r\n]+:[^:\r\n]*):[^\r\n]*/, '$1'),
)

/** Joins the data lines of each frame into one. */
export const joinDataLines = mapFrames((frame) =>
  frame.replaceAll(/(data:[^\r\n]*)(?:\r\n|\r|\n)data: ?/g, '$1 '),
)

/** Removes frames with empty data. */
export const dropEmptyData = mapFrames((frame) =>
  /^data:?[^\r\n]*[^\s:]/m.test(frame.replaceAll(/^data:? ?/gm, 'data:')) ? frame : '',
)

/** Truncates longer lines. */
export function limitLines(maxBytes: number): StageFactory {
  return mapLines((line) => {
    const end = /[\r\n]*$/.exec(line)?.[0] ?? ''
    return line.length > maxBytes ? line.slice(0, maxBytes) + end : line
  })
}

/** Drops each frame whose number is a multiple of `every`. */
export function dropFrames(every: number): StageFactory {
  return mapFrames((frame, nth) => (nth % every === 0 ? '' : frame))
}

/** Swaps each frame whose number is a multiple of `every` with the next one. */
export function swapFrames(every: number): StageFactory {
  return (context) => {
    let held = ''
    return mapFrames((frame, nth) => {
      const due = frame + held
      held = nth % every === 0 ? frame : ''
      return nth % every === 0 ? '' : due
    })(context)
  }
}

function fieldName(line: string): string {
  return /^[^:\r\n]*/.exec(line)?.[0] ?? ''
}
