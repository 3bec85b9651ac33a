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

/** Ways to change the bytes of a stream on their way through a gateway. */
export const GATEWAY_BYTES_FAULTS: readonly Fault<RelayFaults>[] = [
  changing('crlf-normaliser', 'turns LF into CRLF', mapText(toCrlf)),
  changing(
    'lf-normaliser',
    'turns CRLF into LF',
    mapText((text) => text.replaceAll('\r\n', '\n')),
  ),
  changing(
    'cr-to-lf',
    'turns a CR by itself into LF',
    mapText((text) => text.replaceAll(/\r(?!\n)/g, '\n')),
  ),
  changing(
    'line-reassembler',
    'writes every line with LF',
    mapLines((line) => line.replace(/[\r\n]+$/, '\n')),
  ),
  changing('lone-cr-eater', 'loses a CR at the end of a read', eatLoneCr),
  changing(
    'bom-stripper',
    'takes a leading BOM away',
    editStart(() => NOTHING),
  ),
  changing(
    'bom-adder',
    'adds a leading BOM',
    editStart((bom) => Buffer.concat([BOM, bom])),
  ),
  changing('bom-stripper-global', 'takes every BOM away', stripBoms),
  changing('control-stripper', 'takes control characters away', stripControls),
  changing(
    'colon-cutter',
    'takes the second colon of a line for the end of its value',
    cutAtSecondColon,
  ),
  changing('blank-collapser', 'takes blank lines away that end nothing', collapseBlankLines),
  changing('c-string-proxy', 'stops at NUL', stopAtNul),
  changing('latin1-recode', 'takes UTF-8 for latin1', recodeLatin1),
  changing('decode-encode-per-chunk', 'decodes each read by itself', recodePerPiece),
  changing('utf8-sanitiser', 'replaces malformed UTF-8', sanitiseUtf8),
  changing('comment-stripper', 'takes comments away', stripComments),
  changing('unknown-field-stripper', 'takes unknown fields away', stripUnknownFields),
  changing('event-name-stripper', 'takes event names away', stripField('event')),
  changing('sse-reserialiser', 'parses events and writes them anew', reserialise),
  changing('trimmer', 'takes white space off values', trimValues),
  changing('data-joiner', 'joins the data lines of an event', joinDataLines),
  changing('final-newline-adder', 'completes what the end of a stream cuts off', completesEnd),
  changing('line-limit-64k', 'cuts lines at 64 KiB', limitLines(65_536)),
  changing('drop-on-full-queue', 'loses each thousandth event', dropFrames(1000)),
  changing('reorder-two', 'swaps each third event with the next one', swapFrames(3)),
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
