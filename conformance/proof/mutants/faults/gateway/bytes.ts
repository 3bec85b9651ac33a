import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { fieldValue } from '../../http/head.ts'
import {
  cutAtSecondColon,
  dropFrames,
  eatLoneCr,
  editStart,
  joinDataLines,
  limitLines,
  recodeLatin1,
  recodePerPiece,
  reserialise,
  sanitiseUtf8,
  stopAtNul,
  stripBoms,
  stripComments,
  stripControls,
  stripField,
  stripUnknownFields,
  swapFrames,
  trimValues,
} from '../../stages/bytes.ts'
import { when, type StageFactory } from '../../stages/stage.ts'
import { mapFrames, mapLines, mapText } from '../../stages/text.ts'
import type { Fault } from '../fault.ts'

const NOTHING = Buffer.alloc(0)
const BOM = Buffer.from('\ufeff')
const BANNER = Buffer.from('<!-- served by a proxy -->\n')

const collapseBlankLines = mapFrames((frame) => (frame.trim() === '' ? '' : frame))

/** Faults that change bytes in a gateway. */
export const GATEWAY_BYTES_FAULTS: readonly Fault<RelayFaults>[] = [
  changing('crlf-normaliser', 'turns LF into CRLF', mapText(toCrlf)),
  changing(
    'lf-normaliser',
    'turns CRLF into LF',
    mapText((text) => text.replaceAll('\r\n', '\n')),
  ),
  changing(
    'cr-to-lf',
    'turns a bare CR into LF',
    mapText((text) => text.replaceAll(/\r(?!\n)/g, '\n')),
  ),
  changing(
    'line-reassembler',
    'rewrites every line end as LF',
    mapLines((line) => line.replace(/[\r\n]+$/, '\n')),
  ),
  changing('lone-cr-eater', 'drops a CR at the end of a read', eatLoneCr),
  changing(
    'bom-stripper',
    'removes a leading BOM',
    editStart(() => NOTHING),
  ),
  changing(
    'bom-adder',
    'adds a leading BOM',
    editStart((bom) => Buffer.concat([BOM, bom])),
  ),
  changing('bom-stripper-global', 'removes every BOM', stripBoms),
  changing('control-stripper', 'removes control characters', stripControls),
  changing('colon-cutter', 'ends a value at its second colon', cutAtSecondColon),
  changing('blank-collapser', 'removes extra blank lines', collapseBlankLines),
  changing('c-string-proxy', 'truncates at NUL', stopAtNul),
  changing('latin1-recode', 'reads UTF-8 as latin1', recodeLatin1),
  changing('decode-encode-per-chunk', 'decodes each read separately', recodePerPiece),
  changing('utf8-sanitiser', 'replaces malformed UTF-8', sanitiseUtf8),
  changing('comment-stripper', 'removes comments', stripComments),
  changing('unknown-field-stripper', 'removes unknown fields', stripUnknownFields),
  changing('event-name-stripper', 'removes event names', stripField('event')),
  changing('sse-reserialiser', 'parses and reserialises events', reserialise),
  changing('trimmer', 'trims white space from values', trimValues),
  changing('data-joiner', 'joins the data lines of an event', joinDataLines),
  changing(
    'final-newline-adder',
    'dispatches an event that the end of a stream cuts off',
    completesEnd,
  ),
  changing('line-limit-64k', 'truncates lines at 64 KiB', limitLines(65_536)),
  changing('drop-on-full-queue', 'loses every thousandth event', dropFrames(1000)),
  changing('reorder-two', 'swaps every third event with the next one', swapFrames(3)),
  changing('footer-injector', 'adds a banner at the end', footer),
  changing(
    'banner-injector',
    'adds a banner at the start',
    editStart((bom) => Buffer.concat([BANNER, bom])),
  ),
  changing('heartbeat-injector', 'adds a comment line after each read', heartbeats),
]

function changing(name: string, description: string, body: StageFactory): Fault<RelayFaults> {
  const streams = when(
    ({ response }) =>
      fieldValue(response, 'content-type')?.startsWith('text/event-stream') === true,
    body,
  )
  return { name, description, points: () => ({ body: streams }) }
}

function toCrlf(text: string): string {
  return text.replaceAll(/(?<!\r)\n/g, '\r\n')
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

function footer({ emit, finish }: Parameters<StageFactory>[0]) {
  return {
    push: emit,
    end: () => {
      emit(BANNER)
      finish()
    },
  }
}

function heartbeats({ emit }: Parameters<StageFactory>[0]) {
  return {
    push: (bytes: Buffer) => {
      emit(bytes)
      emit(Buffer.from(':\n'))
    },
  }
}
