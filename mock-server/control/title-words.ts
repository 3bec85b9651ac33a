import type { SeededRandom } from '../seeded-random.ts'

const WHO = [
  'Council Harbour Museum Library Orchestra School Hospital Airport',
  'Ferry Market Theatre Union Mayor Court University Railway',
].flatMap((line) => line.split(' '))
const DOES = [
  'reopens delays presents rejects extends doubles defends plans',
  'sells repairs celebrates questions moves cuts tests approves',
].flatMap((line) => line.split(' '))
const WHAT = [
  'the north wing, its budget, a new line, the old bridge, the summer season, the timetable',
  'a second site, the night shift, its archive, the main hall, a joint project',
  'the winter plan, the south gate, its oldest ship, the ticket price, an open day',
].flatMap((line) => line.split(', '))

/** A headline such as "Council delays the winter plan". */
export function drawTitle(random: SeededRandom): string {
  return [WHO, DOES, WHAT].map((words) => pick(words, random)).join(' ')
}

/** One to three sentences. */
export function drawText(random: SeededRandom): string {
  const count = 1 + Math.floor(random.between(0, 3))
  return Array.from({ length: count }, () => `${drawTitle(random)}.`).join(' ')
}

export function pick<T>(values: readonly T[], random: SeededRandom): T {
  const value = values[Math.floor(random.next() * values.length)]
  if (value === undefined) throw new Error('there is nothing to pick from')
  return value
}
