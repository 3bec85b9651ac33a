import type { BoundaryGuard } from '../boundary-guard.ts'
import { filterFrame } from '../sse/frame.ts'
import type { FrameLog } from './frame-log.ts'
import { gapFrame } from './opening.ts'
import { pointerFrame, pointerOf, type Pointers } from './pointers.ts'

export interface IntakeOptions {
  readonly log: FrameLog
  /** For the timer of announcements. */
  readonly guard: BoundaryGuard
  /** Longest id of a back end that clients get; undefined = none, since the proxy gives the ids. */
  readonly maxIdBytes: number | undefined
  /** What to announce again after an outage; undefined = nothing. */
  readonly pointers: Pointers | undefined
  /** Announcements after an outage are spread over at most this time. */
  readonly announceSpreadMs: number
  /** The log has grown. */
  readonly onAppend: () => void
  readonly nowMs: () => number
}

/** Time between two announcements when there are few: clients poll the store for each. */
const ANNOUNCE_PACE_MS = 20
const TICK_MS = 20
/** URLs of a back end that are remembered as just announced. */
const MOST_FRESH_URLS = 10_000

interface Recovery {
  /** URLs still to be announced, in order. */
  readonly pending: Set<string>
  readonly perTick: number
  readonly timer: NodeJS.Timeout
}

/** Events of a back end were lost, it is connected again, and its change logs have not been announced again yet. */
interface Loss {
  isTold: boolean
  /** URLs that the back end has announced since. */
  readonly announced: Set<string>
}

/** Where the frames of all back ends come together: into the log, and what they point at into memory for later. */
export class Intake {
  readonly #options: IntakeOptions
  readonly #recoveries = new Map<number, Recovery>()
  readonly #losses = new Map<number, Loss>()
  #frames = 0
  #announced = 0

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Frames of back ends so far, and announcements that were made again. */
  get counts(): { readonly frames: number; readonly announced: number } {
    return { frames: this.#frames, announced: this.#announced }
  }

  /** Takes a frame of this back end; it is copied. */
  take(backEnd: number, frame: Buffer): void {
    const { maxIdBytes, pointers } = this.#options
    this.#frames += 1
    const filtered = filterFrame(frame, { maxIdBytes })
    if (filtered === undefined) return
    const loss = this.#losses.get(backEnd)
    // A client that reads the event knows that others are missing before it.
    if (loss !== undefined) this.#tell(loss)
    const url = pointers === undefined ? undefined : pointerOf(filtered)
    if (url !== undefined) {
      pointers?.note(url, backEnd)
      // It has just been announced by the back end itself.
      this.#recoveries.get(backEnd)?.pending.delete(url)
      if (loss !== undefined && loss.announced.size < MOST_FRESH_URLS) loss.announced.add(url)
    }
    this.#append(filtered)
  }

  /**
   * The back end is connected again after events were lost. Clients are told before its next event, or by `missed`. What
   * it announces from now on `missed` leaves out.
   */
  reopened(backEnd: number): void {
    this.#losses.set(backEnd, { isTold: false, announced: new Set() })
  }

  /** The back end stays: tells clients that events were lost, and announces again what they may have missed [protocol §5.9]. */
  missed(backEnd: number): void {
    const { guard, pointers, announceSpreadMs } = this.#options
    const loss = this.#losses.get(backEnd)
    if (loss !== undefined) this.#tell(loss)
    this.#losses.delete(backEnd)
    this.#stop(backEnd)
    const pending = new Set(
      pointers?.of(backEnd).filter((url) => loss?.announced.has(url) !== true),
    )
    if (pending.size === 0) return
    const ticks = Math.min(announceSpreadMs, pending.size * ANNOUNCE_PACE_MS) / TICK_MS
    const perTick = Math.ceil(pending.size / Math.max(1, ticks))
    const timer = setInterval(() => {
      guard.run(
        'timer',
        () => this.#announceSome(backEnd),
        () => this.#stop(backEnd),
      )
    }, TICK_MS)
    this.#recoveries.set(backEnd, { pending, perTick, timer })
  }

  close(): void {
    for (const backEnd of this.#recoveries.keys()) this.#stop(backEnd)
  }

  #tell(loss: Loss): void {
    if (loss.isTold) return
    loss.isTold = true
    this.#append(Buffer.from(gapFrame('outage')))
  }

  #announceSome(backEnd: number): void {
    const recovery = this.#recoveries.get(backEnd)
    if (recovery === undefined) return
    let room = recovery.perTick
    for (const url of recovery.pending) {
      if (room === 0) break
      room -= 1
      recovery.pending.delete(url)
      this.#announced += 1
      this.#append(Buffer.from(pointerFrame(url)))
    }
    if (recovery.pending.size === 0) this.#stop(backEnd)
  }

  #stop(backEnd: number): void {
    clearInterval(this.#recoveries.get(backEnd)?.timer)
    this.#recoveries.delete(backEnd)
  }

  #append(frame: Buffer): void {
    const { log, nowMs, onAppend } = this.#options
    log.append(frame, nowMs())
    onAppend()
  }
}
