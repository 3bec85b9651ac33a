import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { ONE_OF_EACH, SpaceRig } from '../testing/space-rig.ts'
import { FORGETFUL, keepSpace } from './keep-space.ts'

const folders = mkdtempSync(join(tmpdir(), 'kinds-'))
afterAll(() => rmSync(folders, { recursive: true }))

function onFault(error: unknown): never {
  throw error
}

// The model test chooses its commands at random: here no kind can be missed.
describe.each(['journal', 'checkpoint'])('a space that restarts from its %s', (source) => {
  it.each(ONE_OF_EACH)(
    'a restarted space has the effect of $kind, and its ids continue',
    (last) => {
      const options = { folder: join(folders, source, last.kind), fsync: 'never', onFault } as const
      const keeper = keepSpace(options)
      const rig = new SpaceRig(keeper)
      const model = new SpaceRig(FORGETFUL)
      const earlier = ONE_OF_EACH.slice(0, ONE_OF_EACH.indexOf(last) + 1)
      for (const each of earlier) expect(rig.run(each)).toEqual(model.run(each))
      if (source === 'checkpoint') rig.replaceAll(() => {})
      keeper.close()
      const restarted = keepSpace(options)
      const again = new SpaceRig(restarted, earlier.length)
      expect(again.visible()).toEqual(model.visible())
      // What is counted and not shown, such as the last number of a Newsgate event.
      for (const each of ONE_OF_EACH) expect(again.run(each)).toEqual(model.run(each))
      expect(again.visible()).toEqual(model.visible())
      restarted.close()
    },
  )
})
