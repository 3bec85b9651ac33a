import { describe, expect, it } from 'vitest'

import { ScenarioTime } from './scenario-time.ts'

/** A time that passes at once, and a record of what happened when. */
function recorder() {
  let nowMs = 0
  const seen: string[] = []
  const time = new ScenarioTime(async (ms) => {
    nowMs += ms
  })
  return { time, seen, note: (name: string) => seen.push(`${name} at ${nowMs}`) }
}

describe('ScenarioTime', () => {
  it('ScenarioTime runs branches in the order of their waits, and one at a time', async () => {
    const { time, seen, note } = recorder()
    const branch =
      (name: string, ...waits: readonly number[]) =>
      async () => {
        note(name)
        for (const ms of waits) {
          await time.sleep(ms)
          // A step that takes long in real time lets no other branch overtake.
          await new Promise(setImmediate)
          note(name)
        }
      }
    await time.fork([branch('a', 10, 20), branch('b', 10, 5), branch('c')])
    note('end')
    await time.sleep(5)
    note('later')
    expect(seen).toEqual([
      'a at 0',
      'b at 0',
      'c at 0',
      'a at 10',
      'b at 10',
      'b at 15',
      'a at 30',
      'end at 30',
      'later at 35',
    ])
  })

  it('ScenarioTime runs branches inside branches', async () => {
    const { time, seen, note } = recorder()
    const wait = (name: string, ms: number) => async () => {
      await time.sleep(ms)
      note(name)
    }
    await time.fork([() => time.fork([wait('a', 30), wait('b', 10)]), wait('c', 20)])
    note('end')
    expect(seen).toEqual(['b at 10', 'c at 20', 'a at 30', 'end at 30'])
  })

  it('ScenarioTime ends with the failure of a branch, and runs no other', async () => {
    const { time, seen, note } = recorder()
    const failing = async () => {
      await time.sleep(1)
      throw new Error('failed')
    }
    const later = async () => {
      await time.sleep(2)
      note('later')
    }
    await expect(time.fork([later, failing])).rejects.toThrow('failed')
    await new Promise(setImmediate)
    expect(seen).toEqual([])
  })

  it('ScenarioTime rejects every wait when time cannot pass', async () => {
    const time = new ScenarioTime(async () => {
      throw new Error('stopped')
    })
    await expect(time.sleep(1)).rejects.toThrow('stopped')
  })
})
