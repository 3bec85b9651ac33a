import { expect, test } from 'vitest'

import { readSseVectors } from '../../../fixtures/read-fixture.ts'

/** The fault of a reader. Left out: correct behaviour. */
interface ReaderFaults {
  /** Changes the text before it is split into lines. */
  readonly text?: (text: string) => string
  readonly lineEnds?: RegExp
  readonly name?: (name: string) => string
  readonly value?: (raw: string) => string
  readonly needsColon?: boolean
  readonly commentsAreFields?: boolean
  readonly dispatchesAtEnd?: boolean
  readonly dispatchesWithoutData?: boolean
  readonly dropsEmptyData?: boolean
  readonly joinsDataBy?: string
  readonly keepsFinalNewline?: boolean
  readonly typeSticks?: boolean
  readonly emptyTypeStays?: boolean
  readonly idNeedsData?: boolean
  readonly idOfEachEvent?: boolean
  readonly idCountsAtOnce?: boolean
  readonly takesNulInId?: boolean
  readonly keepsIdOnReset?: boolean
  readonly retry?: (value: string) => number | undefined
}

/** A small reader of whole streams that can be broken in one place [sse §9.2.6]. */
function read(bytes: Buffer, faults: ReaderFaults) {
  const text = (faults.text ?? withoutBom)(bytes.toString())
  const lines = text.split(faults.lineEnds ?? /\r\n|\n|\r/)
  const events: { type: string; data: string; lastEventId: string }[] = []
  let [type, id, pendingId, retryMs]: [string, string, string | undefined, number | null] = [
    '',
    '',
    undefined,
    null,
  ]
  let data: string[] = []
  const commit = (): void => {
    id = pendingId ?? id
    pendingId = undefined
  }
  const dispatch = (): void => {
    if (pendingId !== undefined && (faults.idNeedsData !== true || data.length > 0)) commit()
    const joined =
      data.join(faults.joinsDataBy ?? '\n') + (faults.keepsFinalNewline === true ? '\n' : '')
    const empty = data.length === 0 || (faults.dropsEmptyData === true && joined === '')
    if (!empty || faults.dispatchesWithoutData === true)
      events.push({ type: type === '' ? 'message' : type, data: joined, lastEventId: id })
    if (faults.typeSticks !== true) type = ''
    if (faults.idOfEachEvent === true) id = ''
    data = []
  }
  const last = lines.pop()
  if (faults.dispatchesAtEnd === true && last !== undefined && last !== '') lines.push(last)
  for (const line of lines) {
    if (line === '') dispatch()
    else if (!line.startsWith(':') || faults.commentsAreFields === true) {
      const field = /^([^:]*)(?:(:) ?([^]*))?$/.exec(line) ?? []
      const name = (faults.name ?? same)(field[1] ?? '')
      const raw = field[2] === undefined ? '' : line.slice(line.indexOf(':') + 1)
      const value = (faults.value ?? withoutOneSpace)(raw)
      if (faults.needsColon === true && field[2] === undefined) continue
      if (name === 'data' || name === '')
        data.push(...(name === '' && faults.commentsAreFields !== true ? [] : [value]))
      if (name === 'event' && !(faults.emptyTypeStays === true && value === '')) type = value
      if (name === 'id' && (!value.includes('\0') || faults.takesNulInId === true)) {
        if (value !== '' || faults.keepsIdOnReset !== true) pendingId = value
        if (faults.idCountsAtOnce === true) commit()
      }
      if (name === 'retry') retryMs = (faults.retry ?? digits)(value) ?? retryMs
    }
  }
  if (faults.dispatchesAtEnd === true) dispatch()
  return { events, lastEventId: id, retryMs }
}

const same = (name: string): string => name
const withoutBom = (text: string): string => text.replace(/^\uFEFF/, '')
const withoutOneSpace = (raw: string): string => raw.replace(/^ /, '')
const digits = (value: string): number | undefined =>
  /^\d+$/.test(value) ? Number.parseInt(value, 10) : undefined

const vectors = readSseVectors()

/** Vectors that detect the faulty reader. */
function caughtBy(faults: ReaderFaults): readonly string[] {
  return vectors
    .filter(({ bytes, events, lastEventId, retryMs }) => {
      const seen = JSON.stringify(read(bytes, faults))
      return seen !== JSON.stringify({ events, lastEventId, retryMs })
    })
    .map(({ name }) => name)
}

test('the small reference reader reads every vector correctly', () => {
  expect(caughtBy({})).toEqual([])
})

const BROKEN: Readonly<Record<string, ReaderFaults>> = {
  'keeps a leading BOM': { text: same },
  'removes every BOM': { text: (text) => text.replaceAll('\uFEFF', '') },
  'removes two leading BOMs': { text: (text) => text.replace(/^\uFEFF+/, '') },
  'splits at LF only': { lineEnds: /\n/ },
  'splits at LF and CRLF only': { lineEnds: /\r?\n/ },
  'treats CRLF as two line ends': { lineEnds: /\r|\n/ },
  'dispatches an event that the end cuts off': { dispatchesAtEnd: true },
  'dispatches events without data': { dispatchesWithoutData: true },
  'drops events with empty data': { dropsEmptyData: true },
  'treats comments as data': { commentsAreFields: true },
  'ignores lines without a colon': { needsColon: true },
  'compares names case-insensitively': { name: (name) => name.toLowerCase() },
  'trims white space from names': { name: (name) => name.trim() },
  'keeps the space after the colon': { value: same },
  'removes all leading spaces': { value: (raw) => raw.replace(/^ +/, '') },
  'removes a leading tab': { value: (raw) => raw.replace(/^[ \t]/, '') },
  'trims white space from values': { value: (raw) => raw.trim() },
  'ends a value at its second colon': { value: (raw) => withoutOneSpace(raw).split(':')[0] ?? '' },
  'ends a value at NUL': { value: (raw) => withoutOneSpace(raw).split('\0')[0] ?? '' },
  'joins data without line ends': { joinsDataBy: '' },
  'keeps the final line end of data': { keepsFinalNewline: true },
  'keeps the type for the next event': { typeSticks: true },
  'does not reset the type at an empty event field': { emptyTypeStays: true },
  'ignores an id without data': { idNeedsData: true },
  'resets the id after each event': { idOfEachEvent: true },
  'stores an id before its event is complete': { idCountsAtOnce: true },
  'accepts an id with NUL': { takesNulInId: true },
  'keeps the id at an empty id field': { keepsIdOnReset: true },
  'reads the leading digits of retry': {
    retry: (value) => Number.parseInt(value, 10) || undefined,
  },
  'reads retry as any number': { retry: (value) => (value === '' ? undefined : Number(value)) },
  'treats an empty retry as zero': { retry: (value) => (value === '' ? 0 : digits(value)) },
  'reads a leading zero as octal': {
    retry: (value) => (/^0[0-7]+$/.test(value) ? Number.parseInt(value, 8) : digits(value)),
  },
}

for (const [what, faults] of Object.entries(BROKEN)) {
  test(`the vectors detect a reader that ${what}`, () => {
    expect(caughtBy(faults)).not.toEqual([])
  })
}
