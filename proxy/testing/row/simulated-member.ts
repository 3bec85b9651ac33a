import type { BoundaryGuard } from '../../boundary-guard.ts'
import { RowMember } from '../../row/row-member.ts'
import type { RowMemberOptions } from '../../row/row-options.ts'
import type { SimulatedBackEnd } from './simulated-back-end.ts'
import type { SimulatedLink } from './simulated-link.ts'
import { type Delivered, RowOracle } from './row-oracle.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface SimulatedMemberOptions extends Pick<
  RowMemberOptions,
  'engine' | 'leaseMs' | 'whenAway' | 'patienceMs' | 'newEpoch' | 'memory' | 'maxUrls'
> {
  readonly name: string
  readonly time: VirtualTime
  readonly backEnds: readonly SimulatedBackEnd[]
  /** The clock that it reads. */
  readonly nowMs: (member: SimulatedMember) => number
  readonly onDelivered: (delivered: Delivered) => void
  readonly fault: (text: string) => void
}

type Start = Parameters<RowMemberOptions['onOpen']>[1]

interface Connection {
  readonly disconnect: () => void
  /** Of its last event. */
  lastEventId: string | undefined
}

const GAP = Buffer.from('event: sse-proxy-gap\ndata: {"reason":"outage"}\n\n')
const CHECKS_PER_LEASE = 10

/** A member of a row with its back ends and clients, which may be frozen or crash. */
export class SimulatedMember {
  readonly name: string
  readonly link: SimulatedLink
  readonly member: RowMember
  readonly oracle: RowOracle
  /** URLs of change logs that its clients get after a gap. */
  readonly urls = new Set<string>()
  /** Those of them that its clients get as an announcement, and not as an event. */
  readonly learnt = new Set<string>()
  /** What its clients can resume from. */
  readonly log: Delivered[] = []
  readonly #options: SimulatedMemberOptions
  readonly #connections = new Map<string, Connection>()
  /** Where the back ends are to be read from that it cannot reach. */
  readonly #missing = new Map<string, Start>()
  #isStoreCut = false
  /** What has come while it was frozen. */
  #inbox: (() => void)[] = []
  #state: 'running' | 'frozen' | 'crashed' = 'running'
  #isDue = false
  #frozenMs = 0
  #frozenSinceMs = 0

  constructor(link: SimulatedLink, options: SimulatedMemberOptions) {
    this.link = link
    this.name = options.name
    this.#options = options
    this.oracle = new RowOracle(options.name, options.fault)
    const guard: Pick<BoundaryGuard, 'run'> = { run: (_boundary, work) => work() }
    this.member = new RowMember({
      ...options,
      owner: options.name,
      backEnds: options.backEnds.map(({ name }) => name),
      onOpen: (backEnd, start) => this.#connect(backEnd, start),
      onClose: (backEnd) => this.#disconnect(backEnd),
      onFrame: ({ backEnd, id, frame, url }) => {
        if (url !== undefined) this.urls.add(url)
        this.#deliver({ kind: 'frame', backEnd, id, text: frame.toString() })
      },
      onUrls: (_backEnd, urls) => {
        for (const url of urls) this.urls.add(url)
        if (this.member.hasJoined) for (const url of urls) this.learnt.add(url)
      },
      onUnreached: () => {},
      onGap: () => this.#deliver({ kind: 'gap' }),
      onHealed: () => {},
      onFailure: () => {},
      guard,
      nowMs: () => options.nowMs(this),
      runningMs: this.runningMs,
    })
    this.#plan()
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  get isCrashed(): boolean {
    return this.#state === 'crashed'
  }

  /** Work of this member: now, or once it runs again, or never. */
  readonly reach = (work: () => void): void => {
    if (this.#state === 'running') work()
    else if (this.#state === 'frozen') this.#inbox.push(work)
  }

  /** A clock that stops while the member is frozen. */
  readonly runningMs = (): number => {
    const nowMs = this.#state === 'frozen' ? this.#frozenSinceMs : this.#options.time.nowMs()
    return nowMs - this.#frozenMs
  }

  freeze(): void {
    if (this.#state !== 'running') return
    this.#state = 'frozen'
    this.#frozenSinceMs = this.#options.time.nowMs()
  }

  thaw(): void {
    if (this.#state !== 'frozen') return
    this.#state = 'running'
    this.#frozenMs += this.#options.time.nowMs() - this.#frozenSinceMs
    const inbox = this.#inbox
    this.#inbox = []
    for (const work of inbox) work()
  }

  /** Whether it reaches back ends. If not, its connections end. */
  reachStores(does: boolean): void {
    if (does) this.#mendStores()
    else this.#cutStores()
  }

  crash(): void {
    this.#state = 'crashed'
    this.#inbox = []
    for (const backEnd of this.#connections.keys()) this.#disconnect(backEnd)
  }

  /** Shuts down in good order. */
  leave(): void {
    this.thaw()
    void this.member.close()
    this.crash()
  }

  #plan(): void {
    const { time, leaseMs } = this.#options
    time.after(leaseMs / CHECKS_PER_LEASE, () => {
      if (this.isCrashed) return
      this.#plan()
      // A timer that was due several times while the process was stopped fires once.
      if (this.#isDue) return
      this.#isDue = true
      this.reach(() => {
        this.#isDue = false
        this.member.check()
      })
    })
  }

  #cutStores(): void {
    this.#isStoreCut = true
    for (const [name, { disconnect, lastEventId }] of this.#connections) {
      disconnect()
      this.#connections.delete(name)
      this.#missing.set(name, { lastEventId, isContinuation: true })
      this.reach(() => this.member.unreached(name))
    }
  }

  #mendStores(): void {
    this.#isStoreCut = false
    this.reach(() => {
      if (this.#isStoreCut) return
      for (const [name, start] of this.#missing) this.#connect(name, start)
    })
  }

  #connect(name: string, start: Start): void {
    const backEnd = this.#options.backEnds.find((one) => one.name === name)
    if (backEnd === undefined) return
    if (this.#isStoreCut) {
      this.#missing.set(name, start)
      this.member.unreached(name)
      return
    }
    this.#missing.delete(name)
    this.member.reached(name)
    const { lastEventId } = start
    if (start.isContinuation && lastEventId === undefined) this.member.add(name, GAP, '')
    const disconnect = backEnd.connect(this.name, lastEventId, ({ frame, upstreamId }) =>
      this.reach(() => {
        if (this.#connections.get(name) !== connection) return
        connection.lastEventId = upstreamId || undefined
        this.member.add(name, frame, upstreamId)
      }),
    )
    const connection: Connection = { disconnect, lastEventId }
    this.#connections.set(name, connection)
  }

  #disconnect(name: string): void {
    this.#missing.delete(name)
    this.#connections.get(name)?.disconnect()
    this.#connections.delete(name)
  }

  #deliver(delivered: Delivered): void {
    this.log.push(delivered)
    this.oracle.take(delivered)
    this.#options.onDelivered(delivered)
  }
}
