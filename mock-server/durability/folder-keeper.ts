import type { EffectSink } from '../content/effect-sink.ts'
import type { FaultListener } from '../errors.ts'
import { MockServerError } from '../errors.ts'
import type { State } from './checkpoint.ts'
import { readCheckpoint, writeCheckpoint, writeCheckpointNow } from './checkpoint.ts'
import { DataFiles } from './data-files.ts'
import { writeError } from './disk-error.ts'
import type { FsyncMode } from './disk-sync.ts'
import { EffectJournal } from './effect-journal.ts'
import type { FileHead } from './file-head.ts'
import { readDataFile } from './read-file.ts'
import type { KeptParts, PartName } from './kept-part.ts'

/** Effects after which a checkpoint is worth it, once they are larger than the latest one. */
const CHECKPOINT_EFFECTS = 10_000

export interface FolderKeeperOptions {
  readonly folder: string
  readonly fsync: FsyncMode
  /** Called with what no client has seen. */
  readonly onFault: FaultListener
  /** Default 10,000. */
  readonly checkpointEffects?: number | undefined
}

interface EffectLine {
  readonly part: PartName
  readonly effect: unknown
}

/** What is open once everything is restored. */
interface Loaded {
  readonly parts: KeptParts
  readonly journal: EffectJournal
}

/**
 * Keeps the state of a space in a folder: a checkpoint of everything, and a journal of the effects
 * after it. Each effect is written before it is applied, so nothing that a client has seen is lost
 * with the process.
 */
export class FolderKeeper {
  readonly #options: FolderKeeperOptions
  readonly #files: DataFiles
  #loaded: Loaded | undefined
  #checkpoint = { number: 0, size: 0 }
  /** Number of the effect after which the next checkpoint is considered. */
  #nextCheckpointAt = 0
  #isCheckpointDue = false
  #isClosed = false
  #torn = 0

  /** Creates the folder. Throws `cannot-write`. */
  constructor(options: FolderKeeperOptions) {
    this.#options = options
    try {
      this.#files = new DataFiles(options.folder)
    } catch (error) {
      throw writeError(options.folder, error)
    }
  }

  /** Bytes of a write that never finished in an earlier run. They are cut off. */
  get torn(): number {
    return this.#torn
  }

  /** Number of the latest effect, since the folder is new. */
  get effects(): number {
    return this.#journal.last
  }

  /** For the effects of one part; `encode` makes JSON of one. */
  sink<Effect>(part: PartName, encode: (effect: Effect) => unknown): EffectSink<Effect> {
    return {
      record: (effect) => {
        this.#journal.append({ part, effect: encode(effect) } satisfies EffectLine)
        this.#checkpointIfDue()
      },
      whenSafe: (run) => this.whenSafe(run, () => {}),
    }
  }

  /**
   * Calls one of both: `run` once everything that was recorded is safe, in the order of the calls;
   * `fail` when the disk failed, so that its content is unknown.
   */
  whenSafe(run: () => void, fail: (error: Error) => void): void {
    this.#journal.whenSafe(run, fail)
  }

  /**
   * Restores what an earlier run kept, or keeps what the parts hold now. Called once, before anything
   * is recorded. Throws `bad-data` and `cannot-write`.
   */
  load(parts: KeptParts): void {
    this.#files.removeUnfinished()
    const newest = this.#files.numbers('checkpoint').at(-1)
    if (newest === undefined) this.#begin(parts)
    else this.#restore(parts, newest)
  }

  /**
   * For changes that are more than effects, such as a reset: runs `change`, then keeps everything as
   * it is. When that fails, everything is as before.
   */
  replaceAll(change: () => void): void {
    const { parts, journal } = this.#mustBeLoaded()
    const before = cutAll(parts)
    journal.startNextFile()
    const { number } = journal
    try {
      change()
      this.#finish(number, writeCheckpointNow(this.#files, number, this.#state()))
    } catch (error) {
      for (const [name, pieces] of before) parts[name].restore(pieces)
      throw error instanceof MockServerError ? error : writeError(this.#files.folder, error)
    }
  }

  /** Keeps everything for good. Nothing may be changed afterwards. */
  close(): void {
    this.#isClosed = true
    this.#loaded?.journal.close()
  }

  /** The first run: what the parts hold is the first checkpoint. */
  #begin(parts: KeptParts): void {
    this.#assertEmpty()
    const journal = new EffectJournal(this.#journalOptions(), { number: 1, last: 0, size: 0 })
    this.#loaded = { parts, journal }
    this.#nextCheckpointAt = this.#checkpointEffects
    try {
      this.#finish(1, writeCheckpointNow(this.#files, 1, this.#state()))
    } catch (error) {
      throw writeError(this.#files.folder, error)
    }
  }

  #restore(parts: KeptParts, newest: number): void {
    const pieces = new Map<string, unknown[]>()
    const { after, size } = readCheckpoint(this.#files, newest, ({ part, piece }) => {
      const ofPart = pieces.get(part) ?? []
      ofPart.push(piece)
      pieces.set(part, ofPart)
    })
    for (const [name, part] of Object.entries(parts)) part.restore(pieces.get(name) ?? [])
    this.#checkpoint = { number: newest, size }
    this.#nextCheckpointAt = after + this.#checkpointEffects
    const place = this.#replay(parts, newest, after)
    this.#loaded = { parts, journal: new EffectJournal(this.#journalOptions(), place) }
    this.#files.removeBefore(newest)
  }

  /** Applies the effects after a checkpoint. Returns the place where the last journal ends. */
  #replay(parts: KeptParts, newest: number, after: number) {
    let place = { number: newest, last: after, size: 0 }
    const journals = this.#files.numbers('journal')
    const newestJournal = Math.max(newest, ...journals)
    for (let number = newest; number <= newestJournal; number += 1) {
      if (!journals.includes(number)) throw this.#missing(number)
      const rules = { first: place.last, mayBeTorn: number === newestJournal }
      const read = readDataFile(this.#files, { kind: 'journal', number }, rules, (value) => {
        // Its checksum says that a store wrote it.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        const line = value as FileHead | EffectLine
        if ('effect' in line) parts[line.part].replay(line.effect)
      })
      this.#torn = read.torn
      place = { number, last: Math.max(read.last, place.last), size: read.size }
    }
    return place
  }

  /** A journal without its checkpoint is what is left of a damaged folder, unless it is empty. */
  #assertEmpty(): void {
    const journals = this.#files.numbers('journal')
    let lines = 0
    const count = (): void => void (lines += 1)
    for (const number of journals)
      readDataFile(this.#files, { kind: 'journal', number }, { first: 0, mayBeTorn: true }, count)
    if (lines <= 1) return
    throw new MockServerError(
      'bad-data',
      `dataDir: ${this.#files.folder} has a journal and no checkpoint; bring the folder back from a copy, or choose another one`,
    )
  }

  #missing(number: number): MockServerError {
    const path = this.#files.path({ kind: 'journal', number })
    return new MockServerError(
      'bad-data',
      `dataDir: ${path} is missing; bring the folder back from a copy, or choose another one`,
    )
  }

  #checkpointIfDue(): void {
    const { number, size, last } = this.#journal
    if (this.#isCheckpointDue || last < this.#nextCheckpointAt) return
    // A journal of an earlier number is left over from a checkpoint that could not be written.
    if (number === this.#checkpoint.number && size < this.#checkpoint.size) return
    this.#isCheckpointDue = true
    // Once the effect is applied, too.
    setImmediate(() => {
      void this.#writeCheckpoint().finally(() => (this.#isCheckpointDue = false))
    })
  }

  async #writeCheckpoint(): Promise<void> {
    if (this.#isClosed) return
    const { journal } = this.#mustBeLoaded()
    this.#nextCheckpointAt = journal.last + this.#checkpointEffects
    try {
      journal.startNextFile()
      const { number } = journal
      const isWanted = (): boolean => !this.#isClosed && journal.number === number
      const size = await writeCheckpoint(this.#files, number, this.#state(), isWanted)
      if (size > 0) this.#finish(number, size)
    } catch (error) {
      // Nothing is lost: the journals before it are still there. It is tried again later.
      this.#options.onFault(writeError(this.#files.folder, error))
    }
  }

  /** A checkpoint has its name: it counts from now on. */
  #finish(number: number, size: number): void {
    this.#checkpoint = { number, size }
    try {
      this.#files.syncFolder()
      this.#files.removeBefore(number)
    } catch (error) {
      this.#journal.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #state(): State {
    const { parts, journal } = this.#mustBeLoaded()
    const cut = cutAll(parts)
    return { after: journal.last, pieces: piecesOf(cut) }
  }

  get #checkpointEffects(): number {
    return this.#options.checkpointEffects ?? CHECKPOINT_EFFECTS
  }

  get #journal(): EffectJournal {
    return this.#mustBeLoaded().journal
  }

  #mustBeLoaded(): Loaded {
    if (this.#loaded === undefined) throw new Error('load() comes first')
    return this.#loaded
  }

  #journalOptions() {
    const { fsync, onFault } = this.#options
    return { files: this.#files, fsync, onFault }
  }
}

type Cut = readonly (readonly [PartName, Iterable<unknown>])[]

function cutAll(parts: KeptParts): Cut {
  return (['content', 'live-center', 'newsgate'] as const).map((name) => [name, parts[name].cut()])
}

function* piecesOf(cut: Cut): State['pieces'] & Generator<{ part: PartName; piece: unknown }> {
  for (const [part, pieces] of cut) for (const piece of pieces) yield { part, piece }
}
