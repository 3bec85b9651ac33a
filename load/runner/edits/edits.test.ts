import { describe, expect, it } from 'vitest'

import { judgeEdits } from './judge-edits.ts'
import { type Edit, runEdits } from './run-edits.ts'

const { signal } = new AbortController()
const SHORTER_THAN_SLEEP_MS = 60_000

describe('runEdits', () => {
  it('runEdits keeps what a command printed, by line', async () => {
    const command = 'echo "log/$EDIT"; echo; echo " b "'
    const edits = await runEdits({ command, everyMs: 1_000, forMs: 1, patienceMs: 20_000, signal })
    expect(edits).toMatchObject([{ number: 1, expected: ['log/1', 'b'], failure: undefined }])
  })

  it.each([
    ['echo "no login" >&2; exit 7', 20_000, 'exit code 7 no login'],
    ['exec sleep 300', 100, 'it took longer than 0.1 s (--patience)'],
    ['sleep 300; true', 100, 'it took longer than 0.1 s (--patience)'],
    ['sleep 300 & echo /changelog', 500, 'it took longer than 0.5 s (--patience)'],
    ["trap '' TERM; sleep 300 | cat", 100, 'it took longer than 0.1 s (--patience)'],
    ['setsid sleep 300', 100, 'it took longer than 0.1 s (--patience)'],
    ['yes', 20_000, 'it printed more than 65,536 bytes'],
  ])(
    'runEdits explains the failure of %j, and waits for nothing that the command has started',
    async (command, patienceMs, failure) => {
      const edits = await runEdits({ command, everyMs: 1_000, forMs: 1, patienceMs, signal })
      expect(edits).toMatchObject([{ failure }])
    },
    SHORTER_THAN_SLEEP_MS,
  )
})

const EVENTS = [
  { text: 'http://s/changelog/section/7', firstMs: 1_010, lastMs: 1_050 },
  { text: 'http://s/changelog/publication/1', firstMs: 1_020, lastMs: 1_030 },
  { text: 'http://s/changelog/section/8', firstMs: 2_010, lastMs: 2_400 },
]

function edit(number: number, changes: Partial<Edit> = {}): Edit {
  const startedMs = number * 1_000
  return { number, startedMs, endedMs: startedMs + 5, expected: [], failure: undefined, ...changes }
}

describe('judgeEdits', () => {
  it('judgeEdits accepts edits that are followed by the printed texts, and measures both ends', () => {
    const edits = [edit(1, { expected: ['section/7', 'publication'] }), edit(2)]
    const { checks, faults, delays } = judgeEdits(edits, EVENTS, 2_000)
    expect(faults).toEqual([])
    expect(checks.map(({ isOk }) => isOk)).toEqual([true, true])
    expect(delays).toEqual([
      {
        kind: 'latency',
        step: 'edits, from the start of the command',
        buckets: [
          { upToMicros: 20_000, count: 1 },
          { upToMicros: 10_000, count: 1 },
        ],
      },
      expect.objectContaining({ dueMs: [1_000], events: [{ number: 1, lastMs: 1_050 }] }),
      expect.objectContaining({ dueMs: [2_000], events: [{ number: 2, lastMs: 2_400 }] }),
    ])
  })

  it.each([
    [
      'printed another text',
      edit(2, { expected: ['section/9'] }),
      'edit 2: no event with "section/9"',
    ],
    ['came after all events', edit(3), 'edit 3: no event arrived within 2 s'],
    ['failed', edit(2, { failure: 'exit code 1' }), 'edit 2: the command failed: exit code 1'],
    [
      'came long before its event',
      edit(2, { startedMs: -9_000, endedMs: -8_000 }),
      'edit 2: no event',
    ],
  ])('judgeEdits names the edit that %s', (_name, wrong, fault) => {
    const { checks, faults } = judgeEdits([edit(1), wrong], EVENTS, 2_000)
    expect(faults).toEqual([expect.stringContaining(fault)])
    expect(checks.some(({ isOk }) => !isOk)).toBe(true)
  })

  it('judgeEdits needs an event of its own for each edit that printed nothing', () => {
    const edits = [1, 2, 3, 4].map((number) => edit(number, { startedMs: 0, endedMs: 1 }))
    const { faults } = judgeEdits(edits, EVENTS, 5_000)
    expect(faults).toEqual([expect.stringContaining('edit 4: no event arrived')])
  })

  it('judgeEdits refuses a run without an edit', () => {
    expect(judgeEdits([], EVENTS, 2_000).checks.map(({ isOk }) => isOk)).toEqual([false, false])
  })
})
