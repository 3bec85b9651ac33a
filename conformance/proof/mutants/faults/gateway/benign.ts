import type { Memory, RelayFaults, Stored } from '../../gateway/relay-faults.ts'
import {
  fieldValue,
  withField,
  type Field,
  type RequestHead,
  type ResponseHead,
} from '../../http/head.ts'
import { holdUntil } from '../../stages/hold.ts'
import { when } from '../../stages/stage.ts'
import type { Fault } from '../fault.ts'
import { compressEachEvent } from './compress-each-event.ts'
import { CODING_ALONE_AND_CLOSE } from './intake-of-clients.ts'

const FORWARDED: readonly Field[] = [
  ['X-Forwarded-For', '127.0.0.1'],
  ['X-Forwarded-Proto', 'http'],
  ['Forwarded', 'for=127.0.0.1;proto=http'],
  ['X-Request-Id', '7f3a'],
]

/** Harmless differences of gateways: every check must pass them. */
export const GATEWAY_BENIGN_VARIANTS: readonly Fault<RelayFaults>[] = [
  {
    name: 'pools-connections',
    description: 'keeps connections to the back end, and repeats a GET when one has just ended',
    points: () => ({ pool: {} }),
  },
  {
    name: 'caches-as-allowed',
    description: 'stores the responses that may be stored, and checks validators itself',
    points: () => ({ memory: allowedMemory() }),
  },
  {
    name: 'buffers-requests',
    description: 'sends a request to the back end when its content is whole',
    points: () => ({ holdsRequest: true }),
  },
  {
    name: 'buffers-known-lengths',
    description: 'holds a response with a Content-Length until it is whole',
    points: () => ({
      holdsHead: (_request, response) => fieldValue(response, 'content-length') !== undefined,
      body: when(
        ({ response }) => fieldValue(response, 'content-length') !== undefined,
        holdUntil(() => false),
      ),
    }),
  },
  {
    name: 'serves-one-host',
    description: 'refuses requests for other hosts than its address',
    points: () => ({
      heads: {
        text: (text) => (/^host:[ \t]*(?:[\w-]+\.)+[a-z]/im.test(text) ? '' : text),
      },
    }),
  },
  {
    name: 'forwards-interim',
    description: 'forwards interim responses to HTTP/1.1 clients',
    points: () => ({ interim: ({ version }) => (version === '1.1' ? 'forward' : 'skip') }),
  },
  {
    name: 'refuses-many-interims',
    description: 'answers 502 when the back end sends more than 20 interim responses',
    points: () => ({ mostInterim: 20, interimsEnd: true }),
    only: ['resp.*', 'reuse.*'],
  },
  {
    name: 'asks-http10',
    description: 'asks the back end with HTTP/1.0',
    points: () => ({
      holdsRequest: true,
      requestText: (text) => text.replace(' HTTP/1.1\r\n', ' HTTP/1.0\r\n'),
    }),
  },
  {
    name: 'closes-connections',
    description: 'ends the connection of a client after each response',
    points: () => ({ response: (head) => withField(head, 'Connection', 'close') }),
  },
  {
    name: 'compresses-each-event',
    description: 'compresses for clients that offer gzip, unless no-transform forbids it',
    points: () => compressEachEvent(),
  },
  CODING_ALONE_AND_CLOSE,
  requesting('adds-forwarded', 'adds Forwarded and fields like it', (head) => ({
    ...head,
    fields: [...head.fields, ...FORWARDED],
  })),
  requesting('host-of-back-end', 'sends its own name for the back end as Host', (head) =>
    withField(head, 'Host', 'backend:8080'),
  ),
  requesting('joins-request-fields', 'joins repeated fields of a request by commas', joined),
  requesting('lowercases-request', 'writes the field names of a request in lower case', (head) => ({
    ...head,
    fields: head.fields.map(([name, value]) => [name.toLowerCase(), value]),
  })),
  requesting('no-compression', 'asks the back end for content without compression', (head) =>
    withField(head, 'Accept-Encoding', 'identity'),
  ),
  {
    name: 'joins-response-fields',
    description: 'joins repeated fields of a response by commas, but not Set-Cookie',
    points: () => ({ response: joined }),
  },
  {
    name: 'refuses-odd-targets',
    description: 'refuses encoded and double slashes, and methods that it does not know',
    points: () => ({
      heads: {
        text: (text) =>
          /^\S+ [^ ?]*(?:%2f|[^:]\/\/)/i.test(text) || text.startsWith('REPORT ') ? '' : text,
      },
    }),
  },
]

function requesting(
  name: string,
  description: string,
  request: (head: RequestHead) => RequestHead,
): Fault<RelayFaults> {
  return { name, description, points: () => ({ request }) }
}

function joined<Head extends RequestHead | ResponseHead>(head: Head): Head {
  const names = new Set(head.fields.map(([name]) => name))
  const fields = [...names].flatMap((name): readonly Field[] => {
    const own = head.fields.filter(([other]) => other === name)
    const separator = name === 'Cookie' ? '; ' : ', '
    return name === 'Set-Cookie' ? own : [[name, own.map(([, value]) => value).join(separator)]]
  })
  return { ...head, fields }
}

/** What RFC 9111 allows a shared cache to store, keyed by the fields that Vary names. */
function allowedMemory(): Memory {
  const all: { readonly request: RequestHead; readonly stored: Stored }[] = []
  return {
    find: (request) => all.find((known) => matches(known, request))?.stored,
    keep: (request, stored) => {
      const control = fieldValue(stored.response, 'cache-control') ?? ''
      const isAllowed =
        request.method === 'GET' &&
        stored.response.status === 200 &&
        stored.end === 'complete' &&
        fieldValue(request, 'authorization') === undefined &&
        /max-age=[1-9]/.test(control) &&
        !/no-store|no-cache|private/.test(control)
      if (isAllowed) all.push({ request, stored })
    },
  }
}

function matches(
  known: { readonly request: RequestHead; readonly stored: Stored },
  request: RequestHead,
): boolean {
  const vary = (fieldValue(known.stored.response, 'vary') ?? '').split(/\s*,\s*/).filter(Boolean)
  return (
    request.method === 'GET' &&
    known.request.target === request.target &&
    vary.every((name) => fieldValue(known.request, name) === fieldValue(request, name))
  )
}
