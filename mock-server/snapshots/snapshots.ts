import type { ContentPiece } from '../content/content-piece.ts'
import type { Limits } from '../content/limits.ts'
import { assertCount, assertLength } from '../content/limits.ts'
import type { ContentStore } from '../content/store.ts'
import type { SpaceKeeper } from '../durability/keep-space.ts'
import { MockServerError, notFound } from '../errors.ts'
import type { LiveCenter } from '../live-center/live-center.ts'
import { baseOf, liftContent, liftLive } from './lift-content.ts'
import type { Snapshot } from './snapshot.ts'
import { bytesOf, itemsOf } from './snapshot.ts'
import { readSnapshotFile, snapshotText, writeSnapshotFile } from './snapshot-file.ts'
import { SNAPSHOT_NAME } from './snapshot-name.ts'
import type { ShelvedSnapshot, SnapshotShelf, SnapshotSummary } from './snapshot-shelf.ts'

export interface RestoreOptions {
  /** Whether to end all event streams. Default false. */
  readonly closeStreams?: boolean | undefined
}

/** A saved content, and the way back to it. */
export interface SavedSnapshot extends SnapshotSummary {
  /** As `snapshots.restore`, also once it was deleted, unless it is from an earlier run. */
  restore(options?: RestoreOptions): void
}

export interface SnapshotsDeps {
  readonly store: ContentStore
  readonly liveCenter: LiveCenter
  readonly keeper: Pick<SpaceKeeper, 'replaceAll'>
  readonly shelf: SnapshotShelf
  readonly limits: Limits
  /** Called after the content was replaced. */
  readonly restored: (options: RestoreOptions) => void
}

interface Entry {
  readonly shelved: ShelvedSnapshot
  readonly report: SavedSnapshot
}

/** Copies of the whole content under names. Faults, the clock and the journal are no part of them. */
export class Snapshots {
  readonly #deps: SnapshotsDeps
  readonly #entries = new Map<string, Entry>()

  /** Lists the snapshots that earlier runs kept. Throws `bad-data`. */
  constructor(deps: SnapshotsDeps) {
    this.#deps = deps
    for (const shelved of deps.shelf.load()) this.#list(shelved)
  }

  /** Oldest first. */
  list(): readonly SavedSnapshot[] {
    return Array.from(this.#entries.values(), ({ report }) => report)
  }

  /** Throws `not-found`. */
  get(name: string): SavedSnapshot {
    return this.#find(name).report
  }

  /**
   * Saves the content as it is now. Default name: `snapshot-` and the first free number. Throws
   * `bad-request` for an invalid name, `conflict` for one that is taken, `limit-reached` and
   * `too-large` at the limits `snapshots` and `snapshotBytes`, `full` and `cannot-write` for a data
   * folder that does not take it.
   */
  save(name: string = this.#freeName()): SavedSnapshot {
    return this.#add(name, this.#cut())
  }

  /** Throws `not-found`, and `cannot-write` for a data folder that cannot be changed. */
  delete(name: string): void {
    this.#find(name).shelved.remove()
    this.#entries.delete(name)
  }

  /**
   * Replaces the content with a saved one. Change ids keep increasing. Streams stay open unless
   * asked. Throws `not-found`.
   */
  restore(name: string, options: RestoreOptions = {}): void {
    this.#restore(this.#find(name).shelved.read(), options)
  }

  /** A snapshot as the text of a file. Throws `not-found`. */
  text(name: string): string {
    return snapshotText(this.#find(name).shelved.read())
  }

  /** Writes a snapshot to a file, which is complete or not there. Throws `cannot-write`. */
  writeFile(name: string, path: string): void {
    writeSnapshotFile(this.#find(name).shelved.read(), path)
  }

  /** Adds the snapshot of a file, from any store. Throws `bad-config` for a file that is none. */
  readFile(path: string, name: string = this.#freeName()): SavedSnapshot {
    return this.#add(name, readSnapshotFile(path))
  }

  /** Restores the snapshot of a file without keeping it. */
  restoreFile(path: string, options: RestoreOptions = {}): void {
    this.#restore(readSnapshotFile(path), options)
  }

  #add(name: string, snapshot: Snapshot): SavedSnapshot {
    const [issue] = SNAPSHOT_NAME.safeParse(name).error?.issues ?? []
    if (issue !== undefined) throw new MockServerError('bad-request', `name: ${issue.message}`)
    if (this.#entries.has(name))
      throw new MockServerError('conflict', `there is a snapshot "${name}"; delete it first`)
    const { limits } = this.#deps
    assertCount('snapshots', this.#entries.size + 1, limits)
    const bytes = bytesOf(snapshot)
    assertLength(
      'snapshotBytes',
      this.list().reduce((sum, other) => sum + other.bytes, bytes),
      limits,
    )
    const { savedAt, changeId } = snapshot
    const summary = { name, savedAt, changeId, items: itemsOf(snapshot), bytes }
    return this.#list(this.#deps.shelf.put(summary, snapshot))
  }

  #list(shelved: ShelvedSnapshot): SavedSnapshot {
    const { summary } = shelved
    const restore = (options: RestoreOptions = {}) => this.#restore(shelved.read(), options)
    const report = { ...summary, restore }
    this.#entries.set(summary.name, { shelved, report })
    return report
  }

  #cut(): Snapshot {
    const { store, liveCenter } = this.#deps
    // The latest changes are for waits and replays, which do not go beyond a restore.
    const content = [...store.cut()].filter(({ kind }) => kind !== 'changes')
    const { logs } = baseOf<ContentPiece>(content)
    const savedAt = store.now().toISOString()
    return { savedAt, changeId: logs.changeId, content, live: liveCenter.cut() }
  }

  #restore({ content, live }: Snapshot, options: RestoreOptions): void {
    const { store, liveCenter, keeper, restored } = this.#deps
    const lifted = liftContent(content, baseOf<ContentPiece>(store.cut()))
    const liftedLive = liftLive(live, baseOf(liveCenter.cut()))
    keeper.replaceAll(() => {
      store.restore(lifted)
      liveCenter.restore(liftedLive)
    })
    restored(options)
  }

  #find(name: string): Entry {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw notFound(`snapshot ${JSON.stringify(name.slice(0, 100))}`)
    return entry
  }

  #freeName(): string {
    let number = 1
    while (this.#entries.has(`snapshot-${number}`)) number += 1
    return `snapshot-${number}`
  }
}
