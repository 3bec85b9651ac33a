import { cpSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

import * as fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

import type { Command } from '../testing/space-rig.ts'
import { COMMAND_KINDS, SpaceRig } from '../testing/space-rig.ts'
import { DataFiles } from './data-files.ts'
import type { SpaceKeeper } from './keep-space.ts'
import { FORGETFUL, keepSpace } from './keep-space.ts'

/** 2 in a short run, 32 in a full one. */
const RUNS = 2 * Number(process.env['MODEL_RUNS'] ?? '1') ** 2
const folders = mkdtempSync(join(tmpdir(), 'kept-'))
let lastFolder = 0

afterAll(() => rmSync(folders, { recursive: true }))

const command: fc.Arbitrary<Command> = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...COMMAND_KINDS.filter((kind) => kind !== 'reset')) },
    { weight: 3, arbitrary: fc.constantFrom('create' as const, 'update' as const) },
    { weight: 1, arbitrary: fc.constant('reset' as const) },
  ),
  a: fc.nat(99),
  b: fc.nat(99),
})
const commands = fc.array(command, { minLength: 1, maxLength: 60, size: 'max' })

function newFolder(): string {
  lastFolder += 1
  return join(folders, String(lastFolder))
}

function kept(folder: string, checkpointEffects?: number): SpaceKeeper {
  return keepSpace({ folder, fsync: 'never', onFault: fail, checkpointEffects })
}

function fail(error: unknown): never {
  throw error
}

it('a space that is killed and restarted at any time answers and changes like one that kept running', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: command },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }),
      async (steps) => {
        let folder = newFolder()
        const model = new SpaceRig(FORGETFUL)
        let keeper = kept(folder, 5)
        let rig = new SpaceRig(keeper)
        let seconds = 0
        const compared: (readonly [unknown, unknown])[] = []
        for (const each of [...steps, 'restart' as const]) {
          if (each === 'restart') {
            // As a kill would leave it: perhaps with half a checkpoint.
            const copy = newFolder()
            cpSync(folder, copy, { recursive: true })
            keeper.close()
            folder = copy
            keeper = kept(folder, 5)
            rig = new SpaceRig(keeper, seconds)
            compared.push([rig.visible(), model.visible()])
          } else {
            seconds += 1
            compared.push([rig.run(each), model.run(each)])
            // A checkpoint is begun, and written in slices.
            if (each.b % 4 === 0) await setImmediate()
          }
        }
        keeper.close()
        expect(compared.map(([actual]) => actual)).toEqual(compared.map(([, wanted]) => wanted))
      },
    ),
    { numRuns: RUNS },
  )
})

it('a journal that ends at any byte holds every change whose write had finished, and no other', () => {
  fc.assert(
    fc.property(commands, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
      const folder = newFolder()
      const files = new DataFiles(folder)
      const keeper = kept(folder)
      const rig = new SpaceRig(keeper)
      let written = new Map<number, unknown>()
      let journal = { kind: 'journal', number: 1 } as const as { kind: 'journal'; number: number }
      for (const each of list) {
        rig.run(each)
        const number = files.numbers('journal').at(-1) ?? 0
        if (number !== journal.number) written = new Map()
        journal = { kind: 'journal', number }
        written.set(statSync(files.path(journal)).size, rig.visible())
      }
      const sizes = [...written.keys()]
      const [first = 0] = sizes
      const cut = first + Math.floor(share * ((sizes.at(-1) ?? 0) - first))
      const copy = newFolder()
      cpSync(folder, copy, { recursive: true })
      truncateSync(new DataFiles(copy).path(journal), cut)
      const whole = sizes.findLast((size) => size <= cut) ?? first
      keeper.close()
      const restarted = kept(copy)
      expect(new SpaceRig(restarted, list.length).visible()).toEqual(written.get(whole))
      expect(restarted.report?.tornBytes).toBe(cut - whole)
    }),
    { numRuns: RUNS },
  )
})
