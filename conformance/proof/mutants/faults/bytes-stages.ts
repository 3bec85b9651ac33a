import {
  cutAtSecondColon,
  dropFrames,
  joinDataLines,
  limitLines,
  recodeLatin1,
  recodePerPiece,
  stopAtNul,
  stripBoms,
  stripControls,
  stripField,
  swapFrames,
  trimValues,
} from '../stages/bytes.ts'
import type { StageFactory } from '../stages/stage.ts'
import { mapLines } from '../stages/text.ts'

/** Stages that change bytes, which are faults of both roles: name, description, stage. */
export const BYTES_STAGES: readonly (readonly [string, string, StageFactory])[] = [
  ['bom-stripper-global', 'removes every BOM', stripBoms],
  ['control-stripper', 'removes control characters', stripControls],
  ['colon-cutter', 'ends a value at its second colon', cutAtSecondColon],
  ['c-string-proxy', 'truncates at NUL', stopAtNul],
  ['latin1-recode', 'reads UTF-8 as latin1', recodeLatin1],
  ['decode-encode-per-chunk', 'decodes each read separately', recodePerPiece],
  ['event-name-stripper', 'removes event names', stripField('event')],
  [
    'lowercases-types',
    'writes event names in lower case',
    mapLines((line) => (line.startsWith('event:') ? line.toLowerCase() : line)),
  ],
  ['trimmer', 'trims white space from values', trimValues],
  ['data-joiner', 'joins the data lines of an event', joinDataLines],
  ['line-limit-64k', 'truncates lines at 64 KiB', limitLines(65_536)],
  ['drop-on-full-queue', 'loses every thousandth event', dropFrames(1000)],
  ['reorder-two', 'swaps every third event with the next one', swapFrames(3)],
]
