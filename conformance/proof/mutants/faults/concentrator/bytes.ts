import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import {
  cutAtSecondColon,
  dropEmptyData,
  dropFrames,
  editStart,
  joinDataLines,
  limitLines,
  recodeLatin1,
  recodePerPiece,
  sanitiseUtf8,
  stopAtNul,
  stripBoms,
  stripControls,
  stripField,
  stripUnknownFields,
  swapFrames,
  trimValues,
} from '../../stages/bytes.ts'
import type { StageFactory } from '../../stages/stage.ts'
import { mapFrames, mapLines, mapText } from '../../stages/text.ts'
import type { Fault } from '../fault.ts'

/** Ways to misread the bytes of a back end. */
export const CONCENTRATOR_BYTES_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  misreading('crlf-only-splitter', 'takes only CRLF for a line end', mapText(hideLoneLf)),
  misreading(
    'lf-only-splitter',
    'takes only LF for a line end',
    mapText((text) => text.replaceAll('\r', ' ')),
  ),
  misreading(
    'cr-is-data',
    'takes a CR by itself for data',
    mapText((text) => text.replaceAll(/\r(?!\n)/g, ' ')),
  ),
  misreading('crlf-seam-doubler', 'takes a CRLF cut by two reads for two line ends', doublesSeam),
  misreading(
    'bom-passed-on',
    'takes a leading BOM for a part of the first field',
    editStart((bom) => Buffer.concat([bom, bom])),
  ),
  misreading('bom-stripper-global', 'takes every BOM away', stripBoms),
  misreading('control-stripper', 'takes control characters away', stripControls),
  misreading(
    'colon-cutter',
    'takes the second colon of a line for the end of its value',
    cutAtSecondColon,
  ),
  misreading(
    'comment-ends-event',
    'takes a comment for the end of an event',
    mapLines((line) => (line.startsWith(':') ? '\n' : line)),
  ),
  misreading(
    'comments-as-events',
    'takes a comment for data',
    mapLines((line) => line.replace(/^: ?/, 'data: ')),
  ),
  misreading(
    'blank-lines-dispatch',
    'takes every blank line for the end of an event',
    mapFrames((frame) => (frame.trim() === '' ? `data\n${frame}` : frame)),
  ),
  misreading(
    'ghost-events',
    'takes a block without data for an event',
    mapFrames((frame) => (/^data/m.test(frame) ? frame : `data\n${frame}`)),
  ),
  misreading('c-string-proxy', 'stops at NUL', stopAtNul),
  misreading('latin1-recode', 'takes UTF-8 for latin1', recodeLatin1),
  misreading('decode-encode-per-chunk', 'decodes each read by itself', recodePerPiece),
  misreading('utf8-sanitiser', 'replaces malformed UTF-8', sanitiseUtf8),
  misreading('unknown-fields-dropped', 'takes unknown fields away', stripUnknownFields),
  misreading(
    'spells-anew',
    'writes fields in its own spelling',
    mapLines((line) => line.replace(/^([a-z]+):(?! )/, '$1: ')),
  ),
  misreading('event-name-stripper', 'takes event names away', stripField('event')),
  misreading('empty-data-dropper', 'takes an event with empty data for none', dropEmptyData),
  misreading('trimmer', 'takes white space off values', trimValues),
  misreading('data-joiner', 'joins the data lines of an event', joinDataLines),
  misreading(
    'final-newline-adder',
    'completes what the end of a connection cuts off',
    completesEnd,
  ),
  misreading('line-limit-64k', 'cuts lines at 64 KiB', limitLines(65_536)),
  misreading('drop-on-full-queue', 'loses each thousandth event', dropFrames(1000)),
  misreading('reorder-two', 'swaps each third event with the next one', swapFrames(3)),
]

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

function completesEnd({ emit, finish }: Parameters<StageFactory>[0]) {
  return {
    push: emit,
    end: () => {
      emit(Buffer.from('\n\n'))
      finish()
    },
  }
}
