import type { RunningTarget, TargetPart, TargetRow } from '../../../runner/target.ts'
import type { FrontFaults } from '../http/front-faults.ts'
import type { Listener } from '../http/listener.ts'
import { mapFrames, mapLines } from '../stages/text.ts'
import type { Hub } from './hub.ts'
import type { BackEndConnection } from './upstream/back-end-connection.ts'

/** What is wrong with the row, or unusual. */
export type RowFault =
  | 'own-logs'
  | 'each-reads'
  | 'own-ids'
  | 'second-deaf'
  | 'second-doubles'
  | 'resumes-live'
  | 'no-takeover'
  | 'death-loses-log'
  | 'engine-loses-events'
  | 'engine-reuses-ids'
  | 'engine-splits'
  | 'gap-after-engine'
  | 'ends-streams-with-engine'

export interface RowParts {
  readonly fault: RowFault | undefined
  readonly hub: Hub
  readonly upstreams: readonly BackEndConnection[]
  /** Serves clients at this port with these faults besides the usual ones. */
  readonly listen: (port: number, faults: FrontFaults) => Promise<Listener>
  /** A second proxy that shares nothing, for the fault `own-logs`. */
  readonly startAnother: () => Promise<RunningTarget>
}

/**
 * A second front of the same log, in one process with the first one. Its engine is a flag: while it
 * is dead, events wait.
 */
export class ReferenceRow {
  readonly #parts: RowParts
  readonly #fronts: Listener[]
  readonly #urls: readonly string[]
  readonly #another: RunningTarget | undefined
  readonly #held: (() => void)[] = []
  #isEngineDead = false
  /** Whether the second front gives ids of its own from now on. */
  readonly #ids: OwnIds
  /** The front that reads the back ends. */
  #leader = 0

  private constructor(
    parts: RowParts,
    fronts: readonly Listener[],
    ids: OwnIds,
    another?: RunningTarget,
  ) {
    this.#parts = parts
    this.#ids = ids
    this.#fronts = [...fronts]
    this.#another = another
    this.#urls = fronts.map(({ url }, index) => (index === 1 ? (another?.frontUrl ?? url) : url))
  }

  static async start(parts: RowParts, first: Listener): Promise<ReferenceRow> {
    const ids: OwnIds = { isOn: parts.fault === 'own-ids' }
    const second = await parts.listen(0, faultsOfSecond(parts.fault, ids))
    const another = parts.fault === 'own-logs' ? await parts.startAnother() : undefined
    return new ReferenceRow(parts, [first, second], ids, another)
  }

  get row(): TargetRow {
    const [one = '', other = ''] = this.#urls
    return {
      fronts: [
        { url: one, part: this.#front(0) },
        { url: other, part: this.#front(1) },
      ],
      engine: { kill: async () => this.#killEngine(), start: async () => this.#startEngine() },
    }
  }

  /** The listeners that are open. */
  get listeners(): readonly Listener[] {
    return this.#fronts
  }

  /** An event for the log, as soon as the engine takes it. */
  take(publish: () => void): void {
    if (!this.#isEngineDead) publish()
    else if (!LOSING.has(this.#parts.fault ?? '')) this.#held.push(publish)
  }

  async close(): Promise<void> {
    await this.#another?.close()
  }

  #front(index: number): TargetPart {
    return {
      kill: async () => {
        const front = this.#fronts[index]
        for (const client of front?.clients ?? []) client.destroy()
        await front?.close()
        if (index === this.#leader) this.#moveLease(1 - index)
      },
      start: async () => {
        const port = Number(new URL(this.#urls[index] ?? '').port)
        const faults = index === 1 ? faultsOfSecond(this.#parts.fault, this.#ids) : {}
        this.#fronts[index] = await this.#parts.listen(port, faults)
      },
    }
  }

  #moveLease(leader: number): void {
    const { fault, hub, upstreams } = this.#parts
    this.#leader = leader
    if (fault === 'death-loses-log') hub.forget()
    for (const upstream of upstreams) {
      if (fault === 'no-takeover') upstream.close()
      else upstream.reconnect()
    }
  }

  #killEngine(): void {
    this.#isEngineDead = true
    if (this.#parts.fault === 'ends-streams-with-engine') void this.#parts.hub.endAll()
  }

  #startEngine(): void {
    const { fault, hub } = this.#parts
    this.#isEngineDead = false
    if (fault === 'gap-after-engine') hub.announceGap()
    if (fault === 'engine-reuses-ids') hub.countAgain()
    if (fault === 'engine-splits') this.#ids.isOn = true
    for (const publish of this.#held.splice(0)) publish()
  }
}

/** With these, events are lost that come while the engine is dead. */
const LOSING: ReadonlySet<string> = new Set<RowFault>(['engine-loses-events', 'gap-after-engine'])

/** Whether the second front gives ids of its own. */
interface OwnIds {
  isOn: boolean
}

function faultsOfSecond(fault: RowFault | undefined, ids: OwnIds): FrontFaults {
  if (fault === 'own-ids' || fault === 'engine-splits') {
    return { body: mapLines((line) => (ids.isOn ? withOwnId(line) : line)) }
  }
  if (fault === 'second-deaf') return { body: mapFrames((frame) => (isEvent(frame) ? '' : frame)) }
  if (fault === 'second-doubles') {
    return { body: mapFrames((frame) => (isEvent(frame) ? frame + frame : frame)) }
  }
  return fault === 'resumes-live' ? { heads: { text: withoutId } } : {}
}

function withOwnId(line: string): string {
  return line.replace(/^(id: ?)(.+)$/m, '$1second-$2')
}

function isEvent(frame: string): boolean {
  return frame.includes('data:')
}

/** The text of a request head, without the id of a client that comes back. */
function withoutId(text: string): string {
  return text.replace(/^last-event-id:.*$/im, 'X-Unused: 1')
}
