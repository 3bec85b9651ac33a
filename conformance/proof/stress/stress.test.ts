import { expect, test } from 'vitest'
import { CATALOGUE } from '../../checks/catalogue.ts'
import { forBoth } from '../../checks/stream-check.ts'
import { MUTANTS } from '../mutants/mutants.ts'
import { stress } from './stress.ts'
import { stressCommand } from './stress-command.ts'

test('stress reports no wrong verdicts of a correct check on a busy machine', async () => {
  const checks = CATALOGUE.filter(({ id }) => id === 'frame.no-cl-te')
  const seen: number[] = []
  const rounds = await stress({
    checks,
    mutants: MUTANTS,
    rounds: 2,
    first: 1,
    burners: 1,
    onRound: ({ number }) => seen.push(number),
  })
  expect(seen).toEqual([1, 2])
  expect(rounds.flatMap(({ wrong }) => wrong)).toEqual([])
  // Two harmless and two broken targets per round, one per role.
  expect(rounds.map(({ verdicts }) => verdicts)).toEqual([4, 4])
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
  const options = { mutants: MUTANTS, rounds: 1, first: 1, burners: 0, onRound: () => {} }
  const [round] = await stress({ ...options, checks: [blind, strict] })
  const wrong = round?.wrong.map(
    ({ check, expected, verdict }) => `${check} ${expected} ${verdict.kind}`,
  )
  expect(wrong?.toSorted()).toEqual([
    'test.blind fail PASS',
    'test.blind fail PASS',
    'test.strict pass FAIL',
    'test.strict pass FAIL',
  ])
})

test.each([
  [['more'], /too many arguments/],
  [['--round', '3'], /Did you mean --rounds/],
  [['--burners', 'x'], /whole number from 0 to 64/],
])('the stress command refuses %j', async (args, message) => {
  await expect(stressCommand(args, () => {})).rejects.toThrow(message)
})

test('stressCommand returns 4 and prints its verdict count when nothing was selected', async () => {
  const text: string[] = []
  const print = (line: string) => void text.push(line)
  const args = ['--rounds', '1', '--burners', '0', '--only', 'frame.no-cl-te']
  expect(await stressCommand(args, print)).toBe(0)
  expect(text.join('')).toMatch(
    /^1 checks, 1 rounds, .*\nround 1: 4 verdicts, 0 wrong, .*\n4 verdicts, 0 of them wrong\n$/,
  )
  expect(await stressCommand(['--only', 'nothing.*'], print)).toBe(4)
})
