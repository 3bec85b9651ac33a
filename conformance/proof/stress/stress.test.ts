import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { CATALOGUE } from '../../checks/catalogue.ts'
import { forBoth } from '../../checks/stream-check.ts'
import { checksOfRound } from './rotation.ts'
import { logRound, readRounds } from './round-log.ts'
import { stress } from './stress.ts'
import { stressCommand } from './stress-command.ts'
import { stressTable } from './stress-table.ts'
import { references } from './subjects.ts'

const ONE_ROUND = { rounds: 1, first: 1, seed: 1, sample: 2, burners: 0, onRound: () => {} }

const folder = mkdtempSync(join(tmpdir(), 'stress-'))
afterAll(() => rmSync(folder, { recursive: true }))

function resultOf(id: string, verdict: string): object {
  const text = { title: id, source: '', meaning: '', reason: '' }
  const rest = { level: 'must', basis: 'standard', standing: 'fine', durationMs: 1, transcript: [] }
  return { id, verdict, ...text, ...rest }
}

/** Writes a report of two checks: the first one passed, the second one has the given verdict. */
function writeReport(name: string, verdict: string): string {
  const path = join(folder, name)
  const results = [resultOf('a.same', 'PASS'), resultOf('a.other', verdict)]
  writeFileSync(path, JSON.stringify({ results }))
  return path
}

test('stress reports no wrong verdicts of a correct check on a busy machine', async () => {
  const checks = CATALOGUE.filter(({ id }) => id === 'frame.no-cl-te')
  const seen: number[] = []
  const rounds = await stress({
    ...ONE_ROUND,
    checks,
    subjects: references(),
    rounds: 2,
    burners: 1,
    onRound: ({ number }) => seen.push(number),
  })
  expect(seen).toEqual([1, 2])
  const all = rounds.flatMap(({ subjects }) => subjects)
  expect(all.flatMap(({ wrong }) => wrong)).toEqual([])
  // The first references have a mutant that the check names, the second ones have none.
  expect(all.map(({ harmless, broken }) => [harmless, broken])).toEqual(
    [1, 2].flatMap(() => [
      [1, 1],
      [1, 0],
      [1, 1],
      [1, 0],
    ]),
  )
})

test('stress detects a check that passes every target or none', async () => {
  const lie = { level: 'must', source: '', meaning: '', kills: ['adds-cl-0'] } as const
  const blind = forBoth({ ...lie, id: 'test.blind', title: 'Sees nothing', run: async () => {} })
  const strict = forBoth({
    ...lie,
    id: 'test.strict',
    title: 'Likes nothing',
    run: async (t) => t.fail('no'),
  })
  const subjects = references().filter(({ name }) => name === 'first reference gateway')
  const [round] = await stress({ ...ONE_ROUND, checks: [blind, strict], subjects })
  const wrong = round?.subjects.flatMap((subject) =>
    subject.wrong.map(({ check, expected, kind }) => `${check} ${expected} ${kind}`),
  )
  expect(wrong?.toSorted()).toEqual(['test.blind fail PASS', 'test.strict pass FAIL'])
})

test('rounds go through all checks before they start over', () => {
  const rotation = { checks: CATALOGUE.slice(0, 10), seed: 7, sample: 4 }
  const ids = [1, 2, 3, 4, 5].flatMap((round) => checksOfRound(rotation, round).map(({ id }) => id))
  expect(new Set(ids.slice(0, 10)).size).toBe(10)
  expect(ids.slice(10)).toEqual(ids.slice(0, 10))
  expect(checksOfRound({ ...rotation, sample: 99 }, 3)).toHaveLength(10)
})

test('the table of a log adds up the rounds of each subject', () => {
  const path = join(folder, 'rounds.jsonl')
  const wrong = {
    check: 'a.b',
    target: 'reference',
    expected: 'pass',
    kind: 'FAIL',
    reason: 'no',
  } as const
  const settings = { seed: 3, sample: 5, burners: 2, durationMs: 60_000 }
  for (const number of [1, 2]) {
    logRound(path, {
      ...settings,
      number,
      load: 9.6 + number,
      subjects: [
        { name: 'our proxy', harmless: 5, broken: 0, wrong: [] },
        { name: 'a reference', harmless: 5, broken: 4, wrong: number === 1 ? [wrong] : [] },
      ],
    })
  }
  expect(stressTable(readRounds(path)).split('\n')).toEqual([
    '2 rounds of 5 checks, seed 3, 2 minutes,',
    '2 busy threads, load average 11 to 12 (median 12):',
    '',
    '| subject | verdicts on harmless targets | verdicts on broken targets | differ |',
    '|---|---|---|---|',
    '| our proxy | 10 | 0 | 0 |',
    '| a reference | 10 | 8 | 1 |',
    '| all | 20 | 8 | 1 |',
    '',
  ])
})

test('stress compare names each check whose verdict is not the same in all runs', async () => {
  const [first, second, equal] = [
    writeReport('1.json', 'PASS'),
    writeReport('2.json', 'FAIL'),
    writeReport('3.json', 'PASS'),
  ]
  const text: string[] = []
  const print = (line: string) => void text.push(line)
  expect(await stressCommand(['compare', first, second], print)).toBe(1)
  expect(await stressCommand(['compare', first, equal], print)).toBe(0)
  expect(text).toEqual([
    'a.other: PASS FAIL\n',
    '2 runs, 1 check whose verdict is not always the same\n',
    '2 runs, 0 checks whose verdict is not always the same\n',
  ])
})

test.each([
  [['more'], /too many arguments/],
  [['--round', '3'], /Did you mean --rounds/],
  [['--burners', 'x'], /whole number from 0 to 64/],
  [['table', join(folder, 'none.jsonl')], /none\.jsonl: expected rounds that npm run stress/],
  [['compare', 'package.json'], /package\.json: expected a report of npm run conformance/],
])('the stress command refuses %j', async (args, message) => {
  await expect(stressCommand(args, () => {})).rejects.toThrow(message)
})

test('stressCommand returns 4 when nothing was selected, and prints a table of its rounds', async () => {
  const text: string[] = []
  const print = (line: string) => void text.push(line)
  const args = ['--rounds', '1', '--burners', '0', '--only', 'frame.no-cl-te']
  expect(await stressCommand([...args, '--subjects', 'first*'], print)).toBe(0)
  expect(text.join('')).toMatch(
    /^1 check, 1 round, .*\nround 1: 4 verdicts, 0 wrong, [^]*\| all \| 2 \| 2 \| 0 \|\n$/,
  )
  expect(await stressCommand(['--only', 'nothing.*'], print)).toBe(4)
  expect(await stressCommand(['--subjects', 'nothing'], print)).toBe(4)
})
