import { expect, it } from 'vitest'

import type { ContentPiece } from '../content/content-piece.ts'
import { FORGETFUL } from '../durability/keep-space.ts'
import type { LivePiece } from '../live-center/live-center.ts'
import { ONE_OF_EACH, SpaceRig } from '../testing/space-rig.ts'
import { baseOf, liftContent, liftLive } from './lift-content.ts'

/** The numbers by which clients see that something changed, of all things of a kind. */
function numbersOf(content: readonly ContentPiece[], live: readonly LivePiece[]) {
  return {
    sections: content.flatMap((piece) => (piece.kind === 'section' ? piece.section.revision : [])),
    subsections: content.flatMap((piece) =>
      piece.kind === 'subsections' ? piece.revisions.map(([, revision]) => revision) : [],
    ),
    lists: content.flatMap((piece) => (piece.kind === 'list' ? piece.list.revision : [])),
    items: content.flatMap((piece) => (piece.kind === 'item' ? piece.item.changeId : [])),
    persons: content.flatMap((piece) => (piece.kind === 'person' ? piece.person.changeId : [])),
    live: live.flatMap((piece) => (piece.kind === 'entry' ? piece.entry.changeId : [])),
  }
}

function lastIdsOf(content: readonly ContentPiece[], live: readonly LivePiece[]) {
  const { item, person, lock, binary, site } = baseOf<ContentPiece>(content).lastIds
  const entry = baseOf<LivePiece>(live).lastEntryId
  return { item, person, lock, binary, section: site.sections.id, handle: site.lists.handle, entry }
}

it('a lifted content has ids above all issued ones, and issues no id again', () => {
  const rig = new SpaceRig(FORGETFUL)
  const cut = () => [[...rig.store.cut()], rig.liveCenter.cut()] as const
  for (const command of ONE_OF_EACH) rig.run(command)
  const saved = cut()
  for (const command of ONE_OF_EACH) rig.run({ ...command, a: command.a + 1 })
  const current = cut()
  const before = numbersOf(...current)
  rig.store.restore(liftContent(saved[0], baseOf<ContentPiece>(current[0])))
  rig.liveCenter.restore(liftLive(saved[1], baseOf<LivePiece>(current[1])))
  const restored = cut()
  for (const [kind, numbers] of Object.entries(numbersOf(...restored))) {
    const given = Object.entries(before).find(([name]) => name === kind)?.[1] ?? []
    expect(Math.min(...numbers), kind).toBeGreaterThan(Math.max(...given))
  }
  expect(lastIdsOf(...current)).not.toEqual(lastIdsOf(...saved))
  expect(lastIdsOf(...restored)).toEqual(lastIdsOf(...current))
})
