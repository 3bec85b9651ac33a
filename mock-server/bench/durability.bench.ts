import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { demoSeed } from '../content/seed.ts'
import { ContentStore } from '../content/store.ts'
import type { FsyncMode } from '../durability/disk-sync.ts'
import { FSYNC_MODES } from '../durability/disk-sync.ts'
import { FORGETFUL, keepSpace } from '../durability/keep-space.ts'
import type { SpaceKeeper } from '../durability/keep-space.ts'
import { LiveCenter } from '../live-center/live-center.ts'
import type { Newsgate } from '../newsgate/newsgate.ts'
import { Durations } from './durations.ts'

/**
 * Cost of an edit in the store itself, without HTTP: in memory and kept in a folder. The modes take
 * turns. Then the time that a start takes with many items.
 */

const ROUNDS = 5
const EDITS = 4_000
/** Edits that come while the disk is busy share its next turn. */
const AT_ONCE = 50
const ITEMS = 100_000
const AUTHOR = { personId: 7, name: 'Test Editor' }
const PAYLOAD = `<vdf:payload>${'x'.repeat(450)}</vdf:payload>`
const folder = mkdtempSync(join(tmpdir(), 'durability-bench-'))

function openStore(keeper: SpaceKeeper): ContentStore {
  const { sinks } = keeper
  const store = new ContentStore({ seed: demoSeed(), now: () => new Date(), sink: sinks.content })
  const liveCenter = new LiveCenter(() => new Date(), 0, sinks.live)
  // The number of an event is all that it keeps, and there are none.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const newsgate = { cut: () => [], restore: () => {}, replay: () => {} } as unknown as Newsgate
  keeper.load({ store, liveCenter, newsgate })
  return store
}

function keeperAt(name: string, fsync: FsyncMode): SpaceKeeper {
  return keepSpace({
    folder: join(folder, name),
    fsync,
    onFault: (error) => process.stderr.write(`${String(error)}\n`),
  })
}

interface Figures {
  readonly durations: Durations
  cpuMs: number
}

/** Edits in groups; each edit lasts until it is safe. */
async function edit(store: ContentStore, keeper: SpaceKeeper, into: Figures, atOnce: number) {
  const before = process.cpuUsage()
  for (let done = 0; done < EDITS; done += atOnce) {
    const group = Array.from({ length: atOnce }, async (_, n) => {
      const start = performance.now()
      store.updateItem(782 + (n % 20), { title: `Edit ${done + n}`, payload: PAYLOAD })
      await new Promise<void>((resolve, reject) => {
        keeper.whenSafe(resolve, reject)
      })
      into.durations.add(performance.now() - start)
    })
    await Promise.all(group)
  }
  const { user, system } = process.cpuUsage(before)
  into.cpuMs += (user + system) / 1_000
}

function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return Math.round((user + system) / 1_000)
}

try {
  const modes = ['memory', ...FSYNC_MODES, 'always, 50 at once'] as const
  const figures = new Map(modes.map((mode) => [mode, { durations: new Durations(), cpuMs: 0 }]))
  const opened = modes.map((mode) => {
    const fsync = FSYNC_MODES.find((name) => mode.startsWith(name))
    const keeper = fsync === undefined ? FORGETFUL : keeperAt(mode, fsync)
    return { mode, keeper, store: openStore(keeper) }
  })
  for (let round = 0; round < ROUNDS; round += 1) {
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`)
    for (const { mode, keeper, store } of opened) {
      const into = figures.get(mode)
      const atOnce = mode === 'always, 50 at once' ? AT_ONCE : 1
      if (into !== undefined) await edit(store, keeper, into, atOnce)
    }
  }
  for (const { keeper } of opened) keeper.close()
  const rows = Array.from(figures, ([mode, { durations, cpuMs }]) => {
    const [p50, p99] = [0.5, 0.99].map((share) => (durations.quantileMs(share) * 1_000).toFixed(0))
    const each = ((cpuMs * 1_000) / durations.count).toFixed(1)
    return `| ${mode} | ${p50} µs | ${p99} µs | ${each} µs |`
  })
  process.stdout.write(
    ['| `--fsync` | p50 | p99 | processor time |', '|---|---|---|---|', ...rows, ''].join('\n'),
  )

  process.stderr.write(`filling a folder with ${ITEMS} items\n`)
  const filling = keeperAt('large', 'never')
  const large = openStore(filling)
  for (let n = 0; n < ITEMS; n += 1)
    large.createItem({ sectionId: 22, title: `Item ${n}`, payload: PAYLOAD }, AUTHOR)
  filling.close()
  const again = keeperAt('large', 'never')
  const fromJournalMs = cpuMsOf(() => openStore(again))
  const checkpointMs = cpuMsOf(() => again.replaceAll(() => {}))
  again.close()
  const last = keeperAt('large', 'never')
  const fromCheckpointMs = cpuMsOf(() => openStore(last))
  last.close()
  process.stdout.write(
    `\nProcessor time for ${ITEMS} items: ${fromJournalMs} ms to restore them from a journal, ${fromCheckpointMs} ms from a checkpoint, ${checkpointMs} ms to write a checkpoint.\n`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
