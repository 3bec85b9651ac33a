import { MockServerError } from '../errors.ts'

/** Limits of a client's entry. Each keeps the XML parser linear, or its memory small. */
const XML_LIMITS = {
  /** Depth of nested elements. */
  depth: 100,
  /** Elements, comments, CDATA sections and processing instructions of the document. */
  nodes: 50_000,
  /** Attributes of one element, namespace declarations included. */
  attributes: 256,
  /** Namespace declarations of one element and its ancestors. */
  namespaces: 64,
} as const

interface StartTag {
  /** Index after the tag. */
  readonly end: number
  readonly attributes: number
  readonly namespaces: number
  readonly isEmpty: boolean
}

/**
 * Refuses a document that is too deep or too large for the parser, or has a DOCTYPE, before it is
 * parsed. Reads each character once. Leaves all other errors to the parser. Throws `bad-entry`.
 */
export function assertXmlLimits(xml: string): void {
  /** Namespace declarations of each open element. */
  const open: number[] = []
  let namespaces = 0
  let nodes = 0
  for (let at = xml.indexOf('<'); at !== -1; at = xml.indexOf('<', at)) {
    const span = OPAQUE_SPANS.find(([start]) => xml.startsWith(start, at))
    if (xml.startsWith('</', at)) {
      namespaces -= open.pop() ?? 0
      at += 2
      continue
    }
    nodes += 1
    assertBelow('nodes', nodes, 'elements, comments and instructions')
    if (span !== undefined) {
      const end = xml.indexOf(span[1], at + span[0].length)
      if (end === -1) return
      at = end + span[1].length
      continue
    }
    assertNoDoctype(xml, at)
    const tag = readStartTag(xml, at + 1)
    if (tag === undefined) return
    assertBelow('attributes', tag.attributes, 'attributes on one element')
    assertBelow('namespaces', namespaces + tag.namespaces, 'namespace declarations in scope')
    assertBelow('depth', open.length + 1, 'nested elements')
    if (!tag.isEmpty) {
      open.push(tag.namespaces)
      namespaces += tag.namespaces
    }
    at = tag.end
  }
}

/** Start and end of markup whose content is not markup. */
export const OPAQUE_SPANS = [
  ['<![CDATA[', ']]>'],
  ['<!--', '-->'],
  ['<?', '?>'],
] as const

/** Undefined for a tag that does not end. */
function readStartTag(xml: string, start: number): StartTag | undefined {
  let attributes = 0
  let namespaces = 0
  for (let at = start; at < xml.length; at += 1) {
    const character = xml.charAt(at)
    if (character === '>') {
      return { end: at + 1, attributes, namespaces, isEmpty: xml.charAt(at - 1) === '/' }
    }
    if (character === '"' || character === "'") {
      attributes += 1
      at = xml.indexOf(character, at + 1)
      if (at === -1) return undefined
    } else if (character === 'x' && xml.startsWith('xmlns', at)) {
      // Also counts names that only end in these letters, which is slightly too strict but safe.
      namespaces += 1
    }
  }
  return undefined
}

/**
 * Entities can reference files and hosts, or expand without a limit. No client of this service
 * needs a DOCTYPE.
 */
function assertNoDoctype(xml: string, at: number): void {
  if (xml.slice(at, at + '<!DOCTYPE'.length).toUpperCase() !== '<!DOCTYPE') return
  throw new MockServerError('bad-entry', 'a DOCTYPE is not accepted; leave it out')
}

function assertBelow(limit: keyof typeof XML_LIMITS, count: number, what: string): void {
  const max = XML_LIMITS[limit]
  if (count <= max) return
  throw new MockServerError('bad-entry', `${limit}: expected at most ${max} ${what}`)
}
