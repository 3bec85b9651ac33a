import { StringDecoder } from 'node:string_decoder'
import { mapPieces, type StageFactory } from './stage.ts'
import { mapFrames, mapLines, mapText } from './text.ts'

const BOM = Buffer.from('\ufeff')
const NUL = 0
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROLS = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]/g

/** Takes every piece for latin1 and writes it as UTF-8. */
export const recodeLatin1 = mapPieces((bytes) => Buffer.from(bytes.toString('latin1')))

/** Decodes and encodes every piece by itself, so that a character cut by a seam is lost. */
export const recodePerPiece = mapPieces((bytes) => Buffer.from(bytes.toString('utf8')))

/** Stops at a NUL, as a program would that keeps bytes in C strings. */
export const stopAtNul = mapPieces((bytes) => {
  const at = bytes.indexOf(NUL)
  return at < 0 ? bytes : bytes.subarray(0, at)
})

/** Replaces malformed UTF-8 by U+FFFD, over seams correctly. */
export const sanitiseUtf8: StageFactory = ({ emit }) => {
  const decoder = new StringDecoder('utf8')
  return { push: (bytes) => emit(Buffer.from(decoder.write(bytes))) }
}

/** Changes the first bytes of a stream, given those of them that were a BOM. */
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

/** Takes control characters other than line ends and tabs away. */
export const stripControls = mapText((text) => text.replaceAll(CONTROLS, ''))

/** Loses a CR at the end of a piece. */
export const eatLoneCr = mapText((text) => text.replace(/\r$/, ''))

/** Leaves comment lines out. */
export const stripComments = mapLines((line) => (line.startsWith(':') ? undefined : line))

/** Leaves lines of one field out. */
export function stripField(name: string): StageFactory {
  return mapLines((line) => (fieldName(line) === name ? undefined : line))
}

/** Leaves out fields that the standard does not know. */
export const stripUnknownFields = mapLines((line) => {
  const known = ['', 'data', 'event', 'id', 'retry'].includes(fieldName(line))
  return known ? line : undefined
})

/** Takes all white space after the colon away, not just one space. */
export const trimValues = mapLines((line) => line.replace(/^(\w+:)[ \t]+/, '$1 '))

/** Writes each field anew as `name: value` with an LF, and forgets comments and unknown fields. */
export const reserialise = mapLines((line) => {
  const name = fieldName(line)
  const value = line.slice(name.length + 1).trim()
  if (line.trim() === '') return '\n'
  return ['data', 'event', 'id', 'retry'].includes(name) ? `${name}: ${value}\n` : undefined
})

/** Takes what follows the second colon of a line away. */
export const cutAtSecondColon = mapLines((line) =>
  line.replace(/^([^:\r\n]+:[^:\r\n]*):[^\r\n]*/, '$1'),
)

/** Joins the data lines of each frame into one. */
export const joinDataLines = mapFrames((frame) =>
  frame.replaceAll(/(data:[^\r\n]*)(?:\r\n|\r|\n)data: ?/g, '$1 '),
)

/** Leaves out frames whose data is empty. */
export const dropEmptyData = mapFrames((frame) =>
  /^data:?[^\r\n]*[^\s:]/m.test(frame.replaceAll(/^data:? ?/gm, 'data:')) ? frame : '',
)

/** Cuts lines that are longer. */
export function limitLines(maxBytes: number): StageFactory {
  return mapLines((line) => {
    const end = /[\r\n]*$/.exec(line)?.[0] ?? ''
    return line.length > maxBytes ? line.slice(0, maxBytes) + end : line
  })
}

/** Loses each frame whose number divides by `every`. */
export function dropFrames(every: number): StageFactory {
  return mapFrames((frame, nth) => (nth % every === 0 ? '' : frame))
}

/** Swaps each frame whose number divides by `every` with the one that follows. */
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
