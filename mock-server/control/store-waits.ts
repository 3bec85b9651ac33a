import type { Change } from '../content/changes/change.ts'
import type { ContentStore } from '../content/store.ts'
import { MockServerError } from '../errors.ts'
import type { StreamClientState } from '../sse/stream-client.ts'
import type { StreamHub } from '../sse/stream-hub.ts'
import type { ChangeReport } from './reports.ts'
import { Waiters } from './waiters.ts'
import type { CountRequest, WantedCount } from './wanted-count.ts'
import { describeCount, wantedCount } from './wanted-count.ts'

/**
 * The condition of a wait. `since` is a change id, by default the newest one; `timeoutMs` is 5000
 * by default.
 */
export type WaitRequest = CountRequest & {
  readonly timeoutMs?: number | undefined
} & (
    | { readonly for: 'clients' }
    | { readonly for: 'change' | 'delivery'; readonly since?: number | undefined }
  )

export interface WaitAnswer {
  /**
   * Number of open streams; with `delivery`, of those that got an event of a change after `since`.
   */
  readonly clients?: readonly StreamClientState[] | undefined
  readonly changes?: readonly ChangeReport[] | undefined
  /** The newest change: `since` of the next wait. */
  readonly cursor: number
}

const DEFAULT_WAIT_MS = 5_000

export interface StoreWaitsDeps {
  readonly logs: ContentStore['logs']
  readonly hub: Pick<StreamHub, 'clientCount' | 'clients'>
  readonly report: (change: Change) => ChangeReport
}

/** Waits for clients, changes, and deliveries. */
export class StoreWaits {
  readonly #deps: StoreWaitsDeps
  readonly #waiters = new Waiters()

  constructor(deps: StoreWaitsDeps) {
    this.#deps = deps
  }

  /** As `StoreControl.wait`. */
  async wait(request: WaitRequest, signal?: AbortSignal): Promise<WaitAnswer> {
    const { timeoutMs = DEFAULT_WAIT_MS } = request
    const wanted = wantedCount(request)
    const since = request.for === 'clients' ? 0 : (request.since ?? this.#deps.logs.announcedId)
    const look = (): WaitAnswer | undefined => this.#look(request.for, since, wanted)
    return this.#waiters.wait(look, timeoutMs, describeWait(request.for, since, wanted), signal)
  }

  /** Checks every open wait again. */
  checkAll(): void {
    this.#waiters.checkAll()
  }

  /** Ends every open wait, with this reason. */
  close(reason: string): void {
    this.#waiters.rejectAll(new MockServerError('shutting-down', reason))
  }

  #look(kind: WaitRequest['for'], since: number, wanted: WantedCount): WaitAnswer | undefined {
    const { logs, hub, report } = this.#deps
    const cursor = logs.announcedId
    if (kind !== 'clients') logs.assertCursor(since)
    if (kind === 'change') {
      const count = logs.countSince(since)
      if (count < wanted.min) return undefined
      if (count > wanted.max) {
        throw new MockServerError(
          'conflict',
          `expected ${describeCount(wanted)} ${nounOf('change', wanted)} after ${since}, and there ${count === 1 ? 'was' : 'were'} ${count}`,
        )
      }
      return { changes: logs.since(since).map((change) => report(change)), cursor }
    }
    // Cheap, and asked after each delivery: the clients are listed only when there are enough of
    // them.
    if (hub.clientCount < wanted.min) return undefined
    const open = hub.clients
    const clients = kind === 'clients' ? open : open.filter((client) => client.changeId > since)
    const isWanted = clients.length >= wanted.min && clients.length <= wanted.max
    return isWanted ? { clients, cursor } : undefined
  }
}

function describeWait(kind: WaitRequest['for'], since: number, wanted: WantedCount): string {
  const count = describeCount(wanted)
  if (kind === 'clients') return `${count} open ${nounOf('stream', wanted)}`
  if (kind === 'change') return `${count} ${nounOf('change', wanted)} after ${since}`
  return `delivery of a change after ${since} to ${count} ${nounOf('client', wanted)}`
}

/** The noun after a wanted count: "1 change", "at least 2 changes". */
function nounOf(noun: string, { min, max }: WantedCount): string {
  return (max === Infinity ? min : max) === 1 ? noun : `${noun}s`
}
