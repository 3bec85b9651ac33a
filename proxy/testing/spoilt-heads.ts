import * as fc from 'fast-check'

/** Bytes with a meaning in a head, and some without. */
const BYTES = Buffer.from('\r\n\0\t :/?%aGH1.0\u007f\u0080\u00ff', 'latin1')

const requestLines = oftenRight(
  ['GET / HTTP/1.1', 'GET /sse?lastEventId=7&a=b HTTP/1.1', 'GET /a?b HTTP/1.0'],
  ['GET /\u00e4 HTTP/1.1', 'GET /a b HTTP/1.1', 'GET * HTTP/1.1', 'HEAD / HTTP/1.1'],
)
const names = oftenRight(
  ['Last-Event-ID', 'Origin', 'Accept', 'X', 'last-event-id', 'X-Requested-With', 'Cookie'],
  ['Host', 'X-\u00e4', 'X ', 'Expect', ''],
)
const values = oftenRight(
  [' a', 'a', '', ' a\t', '\u00e4', ' a, b', ':', 'XMLHttpRequest', 'x'.repeat(100)],
  ['a\0', 'a\rb', '\u007f'],
)
const lineEnds = oftenRight(['\r\n'], ['\n', '\r'])

const fields = fc.array(
  fc.tuple(names, values).map(([name, value]) => `${name}:${value}`),
  { maxLength: 4 },
)

const heads = fc.tuple(requestLines, fields, lineEnds).map(([first, lines, lineEnd]) => {
  return [first, 'Host: h', ...lines, '', ''].join(lineEnd)
})

/** A mutation of a head: a byte replaced, inserted or removed, or the rest removed. */
const spoiling = fc.record({
  kind: fc.constantFrom('replace' as const, 'insert' as const, 'remove' as const, 'cut' as const),
  at: fc.nat(1_000),
  byte: fc.constantFrom(...BYTES),
})

/** Request heads in Latin-1: valid ones, and some with one or two wrong bytes. */
export const spoiltHeads = fc
  .tuple(heads, fc.array(spoiling, { maxLength: 2 }))
  .map(([head, spoilings]) => {
    const bytes = [...Buffer.from(head, 'latin1')]
    for (const { kind, at: place, byte } of spoilings) {
      const at = place % (bytes.length + 1)
      if (kind === 'cut') bytes.length = at
      else if (kind === 'replace') bytes.splice(at, 1, byte)
      else if (kind === 'insert') bytes.splice(at, 0, byte)
      else bytes.splice(at, 1)
    }
    return Buffer.from(bytes).toString('latin1')
  })

function oftenRight(right: readonly string[], wrong: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: fc.constantFrom(...wrong) },
  )
}
