import { gzipSync } from 'node:zlib'

import { z } from 'zod'

import type { FaultScope } from '../fault-scope.ts'

const LONG_LINE_LENGTH = 1_000_000
/** The start of a sequence of two bytes, and no second one. */
const INVALID_UTF_8 = Buffer.from([0xc3, 0x28])
const BYTE_ORDER_MARK = '\uFEFF'

type Change = (whole: Buffer) => Buffer

interface Defect {
  readonly scopes: readonly FaultScope[]
  /** Changes a document, or one event. */
  readonly change?: Change
  /** Changes what is sent, and says so. */
  readonly header?: readonly [name: string, value: string]
}

const DOCUMENTS = ['feed', 'item'] as const

/** What can be wrong with what is sent. */
const DEFECTS = {
  /** A reference to an entity that no document type declares [xml §4.1]. */
  entity: { scopes: DOCUMENTS, change: (xml) => before(xml, xml.lastIndexOf('</'), '&undefined;') },
  /** The root element has another name. */
  root: { scopes: DOCUMENTS, change: withOtherRoot },
  /** The elements are in another namespace than that of Atom. */
  namespace: {
    scopes: DOCUMENTS,
    change: (xml) => replaced(xml, 'http://www.w3.org/2005/Atom', 'http://example.com/not-atom'),
  },
  /** In an event: in a comment before it, which may not spoil the event. */
  'invalid-utf-8': {
    scopes: [...DOCUMENTS, 'sse-open'],
    change: (whole) =>
      whole.includes('<')
        ? before(whole, whole.lastIndexOf('</'), INVALID_UTF_8)
        : Buffer.concat([Buffer.from(': '), INVALID_UTF_8, Buffer.from('\n'), whole]),
  },
  'content-type': {
    scopes: [...DOCUMENTS, 'sse-connect'],
    header: ['Content-Type', 'text/html; charset=utf-8'],
  },
  /** No client requested it. Each write of a stream is a member of its own. [gzip §2.2] */
  gzip: {
    scopes: [...DOCUMENTS, 'sse-connect'],
    change: (whole) => gzipSync(whole),
    header: ['Content-Encoding', 'gzip'],
  },
  /** At the start of a stream it is skipped, before an event it spoils the field. [sse §9.2.5] */
  bom: { scopes: ['sse-connect', 'sse-open'], change: (event) => prefixed(event, BYTE_ORDER_MARK) },
  /** An id with NUL is ignored. [sse §9.2.6] */
  'nul-in-id': { scopes: ['sse-open'], change: (event) => prefixed(event, 'id: a\0b\n') },
  /** A time that is no number is ignored. [sse §9.2.6] */
  'retry-text': { scopes: ['sse-open'], change: (event) => prefixed(event, 'retry: abc\n') },
  /** A line without a colon is an unknown field, and ignored. [sse §9.2.6] */
  'no-colon': { scopes: ['sse-open'], change: (event) => prefixed(event, 'unknown\n') },
  /** A comment of a megabyte. */
  'long-line': {
    scopes: ['sse-open'],
    change: (event) => prefixed(event, `:${'x'.repeat(LONG_LINE_LENGTH)}\n`),
  },
} as const satisfies Readonly<Record<string, Defect>>

export type DefectName = keyof typeof DEFECTS

// `Object.keys` loses the type of the names.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const DEFECT_NAMES = Object.keys(DEFECTS) as readonly DefectName[]

export const MALFORMED = { defect: z.enum(DEFECT_NAMES) }

export function defectOf(name: DefectName): Defect {
  return DEFECTS[name]
}

/** The defects that make sense in this scope. */
export function defectsIn(scope: FaultScope): readonly DefectName[] {
  return DEFECT_NAMES.filter((name) => defectOf(name).scopes.includes(scope))
}

function prefixed(event: Buffer, text: string): Buffer {
  return Buffer.concat([Buffer.from(text), event])
}

function before(whole: Buffer, index: number, added: string | Buffer): Buffer {
  const at = Math.max(index, 0)
  return Buffer.concat([whole.subarray(0, at), Buffer.from(added), whole.subarray(at)])
}

function replaced(whole: Buffer, from: string, to: string): Buffer {
  return Buffer.from(whole.toString().replaceAll(from, to))
}

/** Atom has the roots `feed` and `entry`. */
function withOtherRoot(xml: Buffer): Buffer {
  const root = xml.includes('<feed') ? 'feed' : 'entry'
  const text = xml.toString()
  const end = text.lastIndexOf(`</${root}`)
  const whole =
    end === -1 ? text : `${text.slice(0, end)}</other${text.slice(end + 2 + root.length)}`
  return Buffer.from(whole.replace(`<${root}`, '<other'))
}
