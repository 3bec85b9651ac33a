import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { chunkSizeOf, type ChunkFaults } from '../../http/body.ts'
import {
  fieldValue,
  parseResponseHead,
  withField,
  withoutFields,
  type ResponseHead,
} from '../../http/head.ts'
import { when, type StageFactory } from '../../stages/stage.ts'
import type { Fault } from '../fault.ts'

/** Stand for bytes that no parsed head has. */
const FOLD = '\u0001'
const NUL = '\u0002'
const CR = '\u0003'

const neverEnds: StageFactory = ({ emit }) => ({ push: emit, end: () => {} })

/** Faults in reading the framing of the back end. */
export const GATEWAY_BACK_END_FRAMING_FAULTS: readonly Fault<RelayFaults>[] = [
  chunking('refuses-extensions', 'ends a stream with chunk extensions', {
    size: (line) => (line.includes(';') ? undefined : chunkSizeOf(line)),
  }),
  chunking('reads-decimal-sizes', 'reads chunk sizes as decimal numbers', {
    size: (line) => Number.parseInt(line, 10),
  }),
  chunking('no-leading-zeros', 'refuses chunk sizes with leading zeros', {
    size: (line) => (/^0./.test(line) ? undefined : chunkSizeOf(line)),
  }),
  chunking('size-in-one-read', 'takes a part of a chunk size for the whole', {
    sizeInOneRead: true,
  }),
  chunking('trailers-in-content', 'appends trailers to the content', { keepsTrailers: true }),
  chunking('bad-chunk-is-end', 'takes a malformed chunk size for the end', {
    size: (line) => chunkSizeOf(line) ?? 0,
  }),
  {
    name: 'fin-is-end',
    description: 'takes the end of the connection for the end of the stream',
    points: () => ({ bodyEnd: (end, lost) => (end === 'cut' && !lost ? 'complete' : end) }),
  },
  {
    name: 'pads-short',
    description: 'fills content up to its Content-Length',
    points: () => ({ body: padding }),
  },
  {
    name: 'chunks-short',
    description: 'sends content with a length chunked, and ends it when the back end does',
    points: () => ({
      forgesEnd: true,
      response: (head) =>
        fieldValue(head, 'content-length') === '100'
          ? withField(withoutFields(head, 'Content-Length'), 'Transfer-Encoding', 'chunked')
          : head,
    }),
  },
  {
    name: 'close-never-ends',
    description: 'does not end a response that ended with its connection',
    points: () => ({
      intake: when(
        ({ response }) =>
          fieldValue(response, 'content-length') === undefined &&
          fieldValue(response, 'transfer-encoding') === undefined,
        neverEnds,
      ),
    }),
  },
  {
    name: 'empty-never-ends',
    description: 'does not end a response without content',
    points: () => ({
      intake: ({ emit, finish }) => {
        let some = false
        return {
          push: (bytes) => {
            some = true
            emit(bytes)
          },
          end: () => {
            if (some) finish()
          },
        }
      },
    }),
  },
  reading(
    'trusts-length',
    'prefers Content-Length of the back end to Transfer-Encoding',
    (text) => {
      const head = parseResponseHead(text)
      const both =
        head !== undefined &&
        fieldValue(head, 'content-length') !== undefined &&
        fieldValue(head, 'transfer-encoding') !== undefined
      return both ? withoutFields(head, 'Transfer-Encoding') : head
    },
  ),
  reading('first-length', 'uses the first of several lengths of the back end', (text) =>
    parseResponseHead(text.replace(/(\r\ncontent-length:[^\r]*)\r\ncontent-length:[^\r]*/i, '$1')),
  ),
  reading('exact-coding-name', 'finds Transfer-Encoding in one spelling only', (text) =>
    parseResponseHead(
      text.replace(/transfer-encoding:/i, (name) =>
        name === 'Transfer-Encoding:' ? name : 'X-Coding:',
      ),
    ),
  ),
  reading('needs-reason', 'refuses a status line without a reason phrase', (text) => {
    const head = parseResponseHead(text)
    return head?.reason === '' ? undefined : head
  }),
  {
    name: 'passes-same-lengths',
    description: 'forwards a length that is sent twice as it is',
    points: () => ({
      responseHead: (text) =>
        parseResponseHead(
          text.replace(/(\r\nContent-Length: \d+)\r\nContent-Length:/, '$1\r\nX-Second-Length:'),
        ),
      response: (head) => ({
        ...head,
        fields: head.fields.map(([name, value]) => [
          name === 'X-Second-Length' ? 'Content-Length' : name,
          value,
        ]),
      }),
    }),
  },
  reading('tunnels-garbage', 'sends bytes that are not HTTP as content', (text) => {
    return parseResponseHead(text) ?? { version: '1.1', status: 200, reason: 'OK', fields: [] }
  }),
  {
    name: 'closes-without-response',
    description: 'ends the connection of a client whose back end sends no response',
    points: () => ({ noResponse: 'close' }),
  },
  {
    name: 'no-response-as-200',
    description: 'answers 200 when the back end sends no response',
    points: () => ({
      noResponse: { status: 200, reason: 'OK', fields: [['Content-Length', '0']] },
    }),
  },
  passing('passes-folds', 'forwards folded fields', (text) =>
    text.replaceAll(/\r\n(?=[ \t])/g, FOLD),
  ),
  passing('passes-controls', 'forwards NUL and bare CR in fields', (text) =>
    text.replaceAll('\0', NUL).replaceAll(/\r(?!\n)/g, CR),
  ),
  {
    name: 'passes-space-colon',
    description: 'forwards a space between the name of a field and its colon',
    points: () => ({
      responseHead: (text) => parseResponseHead(text.replace(' :', ':')),
      response: (head) => ({
        ...head,
        fields: head.fields.map(([name, value]) => [name.replace(/^X-Space$/, 'X-Space '), value]),
      }),
    }),
  },
]

function chunking(name: string, description: string, chunks: ChunkFaults): Fault<RelayFaults> {
  return { name, description, points: () => ({ chunks }) }
}

function reading(
  name: string,
  description: string,
  responseHead: (text: string) => ResponseHead | undefined,
): Fault<RelayFaults> {
  return { name, description, points: () => ({ responseHead }) }
}

function shown(value: string): string {
  return value.replaceAll(FOLD, '\r\n').replaceAll(NUL, '\0').replaceAll(CR, '\r')
}

/** Hides bytes from the parser, and sends them to the client as they were. */
function passing(
  name: string,
  description: string,
  hide: (text: string) => string,
): Fault<RelayFaults> {
  return {
    name,
    description,
    points: () => ({
      responseHead: (text) => parseResponseHead(hide(text)),
      response: (head) => ({
        ...head,
        fields: head.fields.map(([field, value]) => [field, shown(value)]),
      }),
    }),
  }
}

function padding({ emit, finish, fail, response }: Parameters<StageFactory>[0]) {
  let left = Number(fieldValue(response, 'content-length') ?? 0)
  return {
    push: (bytes: Buffer) => {
      left -= bytes.length
      emit(bytes)
    },
    abort: () => {
      if (left <= 0) return fail()
      emit(Buffer.alloc(left))
      finish()
    },
  }
}
