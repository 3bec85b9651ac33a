import { expect, it } from 'vitest'

import type { EffectSink } from '../content/effect-sink.ts'
import { ONE_OF_EACH, SpaceRig } from '../testing/space-rig.ts'
import { FORGETFUL } from './keep-space.ts'

it.each(ONE_OF_EACH)(
  'a space changes nothing when the effect of the command $kind cannot be recorded',
  (command) => {
    let isFull = false
    const sink: EffectSink<unknown> = {
      record: () => {
        if (isFull) throw new Error('disk full')
      },
      whenSafe: (run) => run(),
    }
    const sinks = { content: sink, live: sink, newsgate: sink }
    const rig = new SpaceRig({ ...FORGETFUL, sinks })
    const untouched = new SpaceRig(FORGETFUL)
    for (const earlier of ONE_OF_EACH.slice(0, ONE_OF_EACH.indexOf(command)))
      for (const each of [rig, untouched]) each.run(earlier)
    isFull = true
    expect(rig.run(command)).toBe('Error: disk full')
    expect(rig.visible()).toEqual(untouched.visible())
    isFull = false
    // What is counted and not shown, such as the last number of a Newsgate event.
    untouched.passSecond()
    expect(rig.run(command)).toEqual(untouched.run(command))
    expect(rig.visible()).toEqual(untouched.visible())
  },
)
