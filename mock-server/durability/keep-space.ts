import { join } from 'node:path'

import type { ContentEffect } from '../content/effect.ts'
import type { EffectSink } from '../content/effect-sink.ts'
import { IN_MEMORY } from '../content/effect-sink.ts'
import type { ContentStore } from '../content/store.ts'
import type { FaultListener } from '../errors.ts'
import type { LiveCenter, LiveEffect } from '../live-center/live-center.ts'
import type { Newsgate, NewsgateEffect } from '../newsgate/newsgate.ts'
import { BlobFolder, blobName } from './blob-folder.ts'
import type { FsyncMode } from './disk-sync.ts'
import { FolderKeeper } from './folder-keeper.ts'
import { contentPart, encodeContent, livePart, newsgatePart } from './kept-parts.ts'

/** What a space holds that outlives it. */
interface SpaceParts {
  readonly store: ContentStore
  readonly liveCenter: LiveCenter
  readonly newsgate: Newsgate
}

/** Where a space is kept, and what was found there. */
export interface KeptReport {
  readonly folder: string
  readonly fsync: FsyncMode
  /** Number of the latest effect, since the folder is new. */
  readonly effects: number
  /** Bytes of a write of an earlier run that never finished. They are cut off. */
  readonly tornBytes: number
}

/** Keeps the content of a space: `sinks` are for its parts, `load` comes once they exist. */
export interface SpaceKeeper {
  readonly sinks: {
    readonly content: EffectSink<ContentEffect>
    readonly live: EffectSink<LiveEffect>
    readonly newsgate: EffectSink<NewsgateEffect>
  }
  /** Restores what an earlier run kept, or keeps what the parts hold now. Throws `bad-data`. */
  load(parts: SpaceParts): void
  /**
   * For changes that are more than effects, such as a reset: runs `change`, then keeps everything as
   * it is. When that fails, everything is as before.
   */
  replaceAll(change: () => void): void
  /** Null when nothing is kept. */
  readonly report: KeptReport | null
  /**
   * Calls one of both: `run` once everything that was recorded is safe, in the order of the calls;
   * `fail` when the disk failed, so that its content is unknown.
   */
  whenSafe(run: () => void, fail: (error: Error) => void): void
  /** Keeps everything for good. Nothing may be changed afterwards. */
  close(): void
}

/** Keeps nothing: the content is lost when the process ends. */
export const FORGETFUL: SpaceKeeper = {
  sinks: { content: IN_MEMORY, live: IN_MEMORY, newsgate: IN_MEMORY },
  load: () => {},
  replaceAll: (change) => change(),
  report: null,
  whenSafe: (run) => run(),
  close: () => {},
}

export interface KeepOptions {
  /** The space's own folder. */
  readonly folder: string
  readonly fsync: FsyncMode
  readonly onFault: FaultListener
  /** Default 10,000. */
  readonly checkpointEffects?: number | undefined
}

/** Keeps a space in a folder. Throws `cannot-write`. */
export function keepSpace(options: KeepOptions): SpaceKeeper {
  const { folder, fsync } = options
  const keeper = new FolderKeeper(options)
  const blobs = new BlobFolder(join(folder, 'files'), fsync !== 'never')
  return {
    sinks: {
      content: keeper.sink('content', (effect) => encodeContent(effect, blobs)),
      live: keeper.sink('live-center', (effect) => effect),
      newsgate: keeper.sink('newsgate', (effect) => effect),
    },
    load: ({ store, liveCenter, newsgate }) => {
      try {
        keeper.load({
          content: contentPart(store, blobs),
          'live-center': livePart(liveCenter),
          newsgate: newsgatePart(newsgate),
        })
      } catch (error) {
        keeper.close()
        throw error
      }
      blobs.keepOnly(new Set(store.binaries.all.map(({ binary }) => blobName(binary.bytes))))
    },
    replaceAll: (change) => keeper.replaceAll(change),
    get report() {
      return { folder, fsync, effects: keeper.effects, tornBytes: keeper.torn }
    },
    whenSafe: (run, fail) => keeper.whenSafe(run, fail),
    close: () => keeper.close(),
  }
}
