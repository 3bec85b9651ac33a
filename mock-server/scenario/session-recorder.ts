import type { StoreClock } from '../clock/store-clock.ts'
import type { ContentEffect } from '../content/effect.ts'
import type { EffectSink } from '../content/effect-sink.ts'
import type { GivenFault } from '../faults/fault.ts'
import { MockServerError } from '../errors.ts'
import { yamlLibrary } from '../late-libraries.ts'
import { withoutVariables } from './variables.ts'

/** Steps that one scenario may have. */
const MAX_STEPS = 10_000
/** Characters of all steps. */
const MAX_LENGTH = 16 * 1024 * 1024
/** A date that differs more from the time that passed was set by hand. */
const MAX_DRIFT_MS = 1_000

type RecordedStep = Readonly<Record<string, unknown>>

interface Session {
  readonly startedAt: Date
  readonly steps: RecordedStep[]
  /** What a scenario cannot do, each once. */
  readonly left: Set<string>
  readonly created: Set<number>
  faults: readonly GivenFault[]
  length: number
  isFull: boolean
  lastMs: number
  lastPassedMs: number
}

/**
 * Records what is done to the store, through the web service or by hand, as the steps of a scenario.
 * Off until it is started. Bounded: a full recording says so, and records no more.
 */
export class SessionRecorder {
  readonly #clock: StoreClock
  #session: Session | undefined

  constructor(clock: StoreClock) {
    this.#clock = clock
  }

  /** A sink that hands on to `next`, and also records. */
  watching(next: EffectSink<ContentEffect>): EffectSink<ContentEffect> {
    return {
      record: (effect) => {
        next.record(effect)
        if (this.#session !== undefined) this.#note(this.#session, effect)
      },
      whenSafe: (run) => next.whenSafe(run),
    }
  }

  /** Throws `conflict` while it records. */
  start(): { readonly startedAt: string } {
    if (this.#session !== undefined) {
      throw new MockServerError(
        'conflict',
        'a session is recorded already: end it with DELETE /__mock/scenarios/recording',
      )
    }
    this.#session = this.#newSession()
    return { startedAt: this.#session.startedAt.toISOString() }
  }

  /** A scenario begins with a reset, so what was recorded before one is dropped. */
  restart(): void {
    if (this.#session !== undefined) this.#session = this.#newSession()
  }

  /** The scenario so far, in YAML. Throws `not-found` when none is recorded. */
  yaml(): string {
    const session = this.#session
    if (session === undefined) {
      throw new MockServerError(
        'not-found',
        'no session is recorded: start with POST /__mock/scenarios/recording',
      )
    }
    const { startedAt, steps, left, isFull } = session
    const comments = [
      ...Array.from(left, (what) => `# Not recorded, because a scenario cannot do it: ${what}.\n`),
      ...(isFull ? ['# The recording was full: what followed is missing.\n'] : []),
    ]
    const name = `recorded at ${startedAt.toISOString()}`
    const scenario = {
      name,
      clock: startedAt.toISOString(),
      steps: [...steps, ...expectAll(steps)],
    }
    return (
      comments.join('') +
      yamlLibrary().stringify(scenario, { lineWidth: 0, aliasDuplicateObjects: false })
    )
  }

  /** Ends the recording. Returns it as `yaml`. */
  stop(): string {
    const yaml = this.yaml()
    this.#session = undefined
    return yaml
  }

  noteFaults(faults: readonly GivenFault[]): void {
    if (this.#session === undefined) return
    this.#session.faults = faults
    this.#add(this.#session, { faults: withoutVariables(faults) })
  }

  noteRemovedFault(name: string): void {
    this.noteFaults(this.#session?.faults.filter((fault) => fault.name !== name) ?? [])
  }

  noteDisconnect(): void {
    if (this.#session !== undefined) this.#add(this.#session, { disconnect: 'streams' })
  }

  #newSession(): Session {
    const startedAt = this.#clock.now()
    return {
      startedAt,
      steps: [],
      left: new Set(),
      created: new Set(),
      faults: [],
      length: 0,
      isFull: false,
      lastMs: startedAt.getTime(),
      lastPassedMs: this.#clock.passedMs,
    }
  }

  #note(session: Session, effect: ContentEffect): void {
    if (effect.kind === 'item') this.#noteItem(session, effect)
    else if (effect.kind === 'list') {
      const { id, itemIds } = effect.list
      const items = itemIds.map((item) => nameOf(session, item))
      this.#add(session, { list: { id, items } })
    } else session.left.add(`a change of kind "${effect.kind}"`)
  }

  #noteItem(session: Session, { item, change }: ContentEffect & { readonly kind: 'item' }): void {
    const { id, title, state, type, payload, homeSectionId, sectionIds } = item
    const content = {
      title: withoutVariables(title),
      state,
      ...(payload === null ? {} : { payload: withoutVariables(payload) }),
    }
    if (change.kind === 'deleted') {
      this.#add(session, { delete: { item: nameOf(session, id) } })
    } else if (change.kind === 'created') {
      session.created.add(id)
      const others = sectionIds.filter((sectionId) => sectionId !== homeSectionId)
      const sections = others.length === 0 ? {} : { sections: others }
      const create = { section: homeSectionId, ...sections, type, ...content, as: `item${id}` }
      this.#add(session, { create })
    } else {
      const update = { item: nameOf(session, id), ...content, sections: sectionIds }
      this.#add(session, { update })
    }
  }

  /** Adds a step, and before it the time that has passed. */
  #add(session: Session, step: RecordedStep): void {
    const added = [...this.#timeSince(session), step]
    session.length += JSON.stringify(added).length
    if (session.steps.length + added.length >= MAX_STEPS || session.length > MAX_LENGTH) {
      session.isFull = true
    }
    if (!session.isFull) session.steps.push(...added)
  }

  #timeSince(session: Session): readonly RecordedStep[] {
    const [now, passedMs] = [this.#clock.now(), this.#clock.passedMs]
    const ms = now.getTime() - session.lastMs
    const isSet = Math.abs(ms - (passedMs - session.lastPassedMs)) > MAX_DRIFT_MS
    session.lastMs = now.getTime()
    session.lastPassedMs = passedMs
    if (isSet) return [{ clock: { set: { frozen: true, at: now.toISOString() } } }]
    return ms > 0 ? [{ wait: `${ms}ms` }] : []
  }
}

/** Items that the session created have other ids when it is repeated. */
function nameOf({ created }: Session, id: number): number | string {
  return created.has(id) ? `$item${id}` : id
}

/** A recording without edits expects nothing. */
function expectAll(steps: readonly RecordedStep[]): readonly RecordedStep[] {
  return steps.length === 0 ? [] : [{ expect: { delivered: 'all' } }]
}
