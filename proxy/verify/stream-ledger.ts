import { GAP_EVENT } from '../fanout/stream-start.ts'
import type { CaptureEvent } from './capture-event.ts'
import { NoteList } from './note-list.ts'
import { NumberRanges } from './number-ranges.ts'

/** Ids of the proxy: `EPOCH-NUMBER`. The numbers of an epoch have no holes. */
const OWN_ID = /^(.{1,100})-(0|[1-9][0-9]{0,14})$/

/** What came of one run of the proxy: everything from `oldest` to `newest` but what is missing. */
interface Epoch {
  oldest: number
  newest: number
  readonly missing: NumberRanges
}

/**
 * Follows the ids of the events that one client received over all its connections. Each number has
 * to come once and in order. A gap that the proxy has announced is no loss: it told the client that
 * events are missing.
 */
export class StreamLedger {
  readonly doubled = new NoteList()
  readonly reordered = new NoteList()
  /** For each announced gap, the last id before it. */
  readonly gaps = new NoteList()
  /** Places where the stream began anywhere, without a gap: the client came without its last id. */
  readonly restarts = new NoteList()
  readonly #epochs = new Map<string, Epoch>()
  #events = 0
  #foreignIds = 0
  #firstId: string | undefined
  #lastId: string | undefined
  /** Whether the next number may be any one: at the start, and after a gap. */
  #isFree = true

  /** Events with an id of the proxy. */
  get events(): number {
    return this.#events
  }

  /** Ids of another form. */
  get foreignIds(): number {
    return this.#foreignIds
  }

  /** Of the events. */
  get firstId(): string | undefined {
    return this.#firstId
  }

  get lastId(): string | undefined {
    return this.#lastId
  }

  /** What never came: `e-3`, or `e-3 to e-7`, and the number of events. */
  get lost(): { readonly count: number; readonly first: readonly string[] } {
    const notes = new NoteList()
    let count = 0
    for (const [epoch, { missing }] of this.#epochs) {
      count += missing.count
      for (const { from, to } of missing.ranges)
        notes.add(from === to ? `${epoch}-${from}` : `${epoch}-${from} to ${epoch}-${to}`)
    }
    return { count, first: notes.first }
  }

  /** Throws `usage` when this cannot be the stream of one client. */
  note({ id, name, data }: CaptureEvent): void {
    if (data !== undefined && name === GAP_EVENT) {
      this.gaps.add(this.#lastId ?? 'the start')
      this.#isFree = true
    }
    if (id === undefined) return
    const [, epoch, digits] = OWN_ID.exec(id) ?? []
    if (epoch === undefined) {
      this.#foreignIds += 1
      return
    }
    if (data === undefined) this.#notePosition(epoch, Number(digits))
    else this.#noteEvent(epoch, Number(digits), id)
    this.#lastId = id
    this.#isFree = false
  }

  /** A block without data: the client has what there is up to this number [sse §9.2.6]. */
  #notePosition(name: string, number: number): void {
    const epoch = this.#epochs.get(name)
    if (epoch === undefined && !this.#isFree) this.restarts.add(`${name}-${number}`)
    this.#advance(name, number, this.#isFree || epoch === undefined ? number : 0)
  }

  #noteEvent(name: string, number: number, id: string): void {
    this.#events += 1
    this.#firstId ??= id
    const epoch = this.#epochs.get(name)
    if (epoch === undefined || number > epoch.newest) {
      this.#advance(name, number - 1, this.#isFree ? number - 1 : 0).newest = number
    } else if (number < epoch.oldest) {
      epoch.missing.add({ from: number + 1, to: epoch.oldest - 1 })
      epoch.oldest = number
      this.reordered.add(`${id} after ${this.#lastId}`)
    } else if (epoch.missing.delete(number)) this.reordered.add(`${id} after ${this.#lastId}`)
    else this.doubled.add(id)
  }

  /** Events up to `number` are due. Those up to `known` are not missing. */
  #advance(name: string, number: number, known: number): Epoch {
    // The first event of a run has the number 1.
    const fresh = { oldest: known + 1, newest: known, missing: new NumberRanges() }
    const epoch = this.#epochs.get(name) ?? fresh
    this.#epochs.set(name, epoch)
    epoch.missing.add({ from: Math.max(epoch.newest, known) + 1, to: number })
    epoch.newest = Math.max(epoch.newest, number)
    return epoch
  }
}
