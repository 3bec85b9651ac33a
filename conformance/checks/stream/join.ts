import { forConcentrator, type StreamCheck } from '../stream-check.ts'

/** Where a client's stream begins. */
export const JOIN_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'join.late',
    title: 'A client that connects late starts with the next event',
    level: 'must',
    source: '[protocol §5.8]',
    meaning: 'New clients are flooded with old events.',
    kills: ['history-to-newcomers', 'late-joiner-deaf'],
    async run(t) {
      const stream = await t.stream()
      for (let number = 1; number <= 5; number += 1) await stream.arrives(`data: ${number}\n\n`)
      const late = t.connect()
      await t.opens(late)
      await stream.arrives('data: 6\n\n')
      await t.requireEventually(
        () => late.events.length > 0,
        'a client that connected late got nothing',
      )
      const first = late.events[0]?.data.toString()
      t.expect(
        first === '6',
        `a client that joined after event 5 began with ${JSON.stringify(first)}`,
      )
    },
  }),
]
