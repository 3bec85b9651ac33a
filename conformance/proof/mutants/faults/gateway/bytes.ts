import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { fieldValue } from '../../http/head.ts'
import {
  eatLoneCr,
  editStart,
  reserialise,
  sanitiseUtf8,
  stripComments,
  stripUnknownFields,
} from '../../stages/bytes.ts'
import { when, type StageFactory } from '../../stages/stage.ts'
import { mapFrames, mapLines, mapText } from '../../stages/text.ts'
import { BYTES_STAGES } from '../bytes-stages.ts'
import type { Fault } from '../fault.ts'

const NOTHING = Buffer.alloc(0)
const BOM = Buffer.from('\ufeff')
const BANNER = Buffer.from('<!-- served by a proxy -->\n')

const collapseBlankLines = mapFrames((frame) => (frame.trim() === '' ? '' : frame))

/** Faults that change bytes in a gateway. */
export const GATEWAY_BYTES_FAULTS: readonly Fault<RelayFaults>[] = [
  ...BYTES_STAGES.map((row) => changing(...row)),
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
  changing('blank-collapser', 'removes extra blank lines', collapseBlankLines),
  changing('utf8-sanitiser', 'replaces malformed UTF-8', sanitiseUtf8),
  changing('comment-stripper', 'removes comments', stripComments),
  changing('unknown-field-stripper', 'removes unknown fields', stripUnknownFields),
  changing('sse-reserialiser', 'parses and reserialises events', reserialise),
  changing(
    'final-newline-adder',
    'dispatches an event that the end of a stream cuts off',
    completesEnd,
  ),
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
