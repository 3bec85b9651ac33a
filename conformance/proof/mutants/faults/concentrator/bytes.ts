import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import { dropEmptyData, editStart, stripUnknownFields } from '../../stages/bytes.ts'
import type { StageFactory } from '../../stages/stage.ts'
import { mapFrames, mapLines, mapText } from '../../stages/text.ts'
import { BYTES_STAGES } from '../bytes-stages.ts'
import type { Fault } from '../fault.ts'

/** Faults in parsing the bytes of a back end. */
export const CONCENTRATOR_BYTES_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  ...BYTES_STAGES.map((row) => misreading(...row)),
  misreading('crlf-only-splitter', 'recognises only CRLF as a line end', mapText(hideLoneLf)),
  misreading(
    'lf-only-splitter',
    'recognises only LF as a line end',
    mapText((text) => text.replaceAll('\r', ' ')),
  ),
  misreading(
    'cr-is-data',
    'treats a bare CR as data',
    mapText((text) => text.replaceAll(/\r(?!\n)/g, ' ')),
  ),
  misreading(
    'crlf-seam-doubler',
    'treats a CRLF split between two reads as two line ends',
    doublesSeam,
  ),
  misreading(
    'waits-after-crlf',
    'holds an event that ends with CRLF until the next byte',
    waitsAfter('\r\n\r\n'),
  ),
  misreading('blank-line-in-one-packet', 'loses a line end that comes alone', ({ emit }) => ({
    push: (bytes) => {
      if (!/^\r?\n$/.test(bytes.toString('latin1'))) emit(bytes)
    },
  })),
  misreading(
    'bom-passed-on',
    'treats a leading BOM as part of the first field',
    editStart((bom) => Buffer.concat([bom, bom])),
  ),
  misreading(
    'comment-ends-event',
    'ends an event at a comment',
    mapLines((line) => (line.startsWith(':') ? '\n' : line)),
  ),
  misreading(
    'comments-as-events',
    'treats a comment as data',
    mapLines((line) => line.replace(/^: ?/, 'data: ')),
  ),
  misreading(
    'blank-lines-dispatch',
    'emits an event at every blank line',
    mapFrames((frame) => (frame.trim() === '' ? `data\n${frame}` : frame)),
  ),
  misreading(
    'ghost-events',
    'emits a block without data as an event',
    mapFrames((frame) => (/^data/m.test(frame) ? frame : `data\n${frame}`)),
  ),
  misreading(
    'reads-field-prefixes',
    'takes every field whose name begins with data or event for that',
    mapLines((line) => line.replace(/^(data|event)[a-z]+:/, '$1:')),
  ),
  misreading(
    'first-type-wins',
    'keeps the first type of an event that has several',
    mapFrames(withFirstType),
  ),
  misreading('unknown-fields-dropped', 'removes unknown fields', stripUnknownFields),
  misreading(
    'spells-anew',
    'rewrites fields in its own spelling',
    mapLines((line) => line.replace(/^([a-z]+):(?! )/, '$1: ')),
  ),
  misreading('empty-data-dropper', 'drops an event with empty data', dropEmptyData),
  misreading(
    'final-newline-adder',
    'dispatches an event that the end of a connection cuts off',
    completesEnd,
  ),
]

function withFirstType(frame: string): string {
  const lines = frame.split('\n')
  const first = lines.findIndex((line) => line.startsWith('event:'))
  return lines.filter((line, at) => at === first || !line.startsWith('event:')).join('\n')
}

function misreading(
  name: string,
  description: string,
  intake: StageFactory,
): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ backend: { intake } }) }
}

function hideLoneLf(text: string): string {
  return text.replaceAll(/(?<!\r)\n/g, ' ')
}

function doublesSeam({ emit }: Parameters<StageFactory>[0]) {
  let afterCr = false
  return {
    push: (bytes: Buffer) => {
      const seam = afterCr && bytes[0] === 0x0a
      emit(seam ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes)
      afterCr = bytes.at(-1) === 0x0d
    },
  }
}

function waitsAfter(end: string): StageFactory {
  return ({ emit }) => {
    let held = Buffer.alloc(0)
    return {
      push: (bytes) => {
        const all = Buffer.concat([held, bytes])
        const kept = all.toString('latin1').endsWith(end) ? end.length : 0
        held = Buffer.from(all.subarray(all.length - kept))
        emit(all.subarray(0, all.length - kept))
      },
    }
  }
}

function completesEnd({ emit, finish }: Parameters<StageFactory>[0]) {
  return {
    push: emit,
    end: () => {
      emit(Buffer.from('\n\n'))
      finish()
    },
  }
}
