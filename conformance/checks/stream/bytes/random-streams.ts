import { seededRandom } from '../../../runner/selection/seeded-random.ts'

const NAMES = ['data', 'data', 'data', 'event', 'id', 'retry', 'Data', 'x', '', ' data']
const VALUES = [
  '',
  ' ',
  'a',
  ' a',
  '  b ',
  '\tc',
  'å€𝄞',
  ':',
  'x: y',
  '7',
  'http://h/1',
  '\uFEFF',
  '\0',
]
const LINE_ENDS = ['\n', '\r\n', '\r', '\n', '\n']
const MOST_LINES = 6

/**
 * One event stream of so many random blocks, built from the whole grammar [sse §9.2.5] and split at
 * random offsets. The same seed gives the same stream. It never sets a reconnection time, which
 * would outlast the check.
 */
export function randomStream(seed: number, blocks: number): readonly Buffer[] {
  const random = seededRandom(seed)
  const pick = <Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item | undefined =>
    items[Math.floor(random() * items.length)]
  const line = (): string => {
    const name = pick(NAMES) ?? ''
    const value = name === 'retry' ? 'never' : (pick(VALUES) ?? '')
    // A line without a name is a comment, or it would end the block.
    return name === '' || random() < 0.8 ? `${name}:${value}` : name
  }
  let text = ''
  for (let block = 0; block < blocks; block += 1) {
    const end = pick(LINE_ENDS) ?? '\n'
    const count = Math.floor(random() * MOST_LINES)
    for (let at = 0; at < count; at += 1) text += line() + end
    text += end
  }
  const bytes = Buffer.from(`${text}\n\n`)
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = 1 + Math.floor(random() * random() * 1500)
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}
