import { EngineState } from './engine-state.ts'
import { RoamingClient } from './roaming-client.ts'
import type { RowFlaw } from './row-flaw.ts'
import { IdOracle, RowOracle } from './row-oracle.ts'
import type { RowStep } from './row-step.ts'
import { SimulatedBackEnd } from './simulated-back-end.ts'
import { SimulatedLink } from './simulated-link.ts'
import { SimulatedMember, type SimulatedMemberOptions } from './simulated-member.ts'
import { unknownUrls } from './unknown-urls.ts'
import { VirtualTime } from './virtual-time.ts'

export interface SimulatedRowOptions {
  readonly whenAway: SimulatedMemberOptions['whenAway']
  /** Entries that the engine keeps, and each member. */
  readonly maxFrames: number
  readonly maxAgeMs: number
  /** Whether the row must know every change log that was announced to clients. */
  readonly keepsUrls: boolean
  /** Share of the messages that arrive only when another member may have the lease. */
  readonly latePart: number
  /** 0 <= random() < 1. */
  readonly random: () => number
  readonly flaw?: RowFlaw
}

const MEMBERS = 3
const CLIENTS = 2
const LEASE_MS = 1000
/** More than there are. */
const MAX_URLS = 1000
const DELAY_MS = 20
/** Longer than a lease. */
const LATE_MS = 1500
/**
 * Longer than it takes to notice a mute connection, to settle, and to take over each lease, also from
 * members that cannot reach the back end.
 */
const SETTLE_MS = 60_000
/** How long a member tries to reach a back end. */
const PATIENCE_MS = 700

/** Proxies with a shared log, in one process and in virtual time, with an oracle that sees all. */
export class SimulatedRow {
  readonly time = new VirtualTime()
  readonly faults: string[] = []
  readonly backEnds: readonly SimulatedBackEnd[]
  members: SimulatedMember[] = []
  readonly #options: SimulatedRowOptions
  readonly #ids = new IdOracle((text) => this.#fault(text))
  /** Change logs that were announced to clients. */
  readonly #urls = new Set<string>()
  readonly #clients: RoamingClient[] = []
  #listeners: (() => void)[] = []
  #latePart: number
  #engine: EngineState
  #replica: EngineState
  #born = 0
  #epochs = 0
  /** Until then the engine may have forgotten a lease that a member counts on. */
  #leasesLostMs = -Infinity

  constructor(options: SimulatedRowOptions) {
    this.#options = options
    this.#latePart = options.latePart
    const { time } = this
    this.backEnds = [
      new SimulatedBackEnd('ids', time, true),
      new SimulatedBackEnd('none', time, false),
    ]
    this.#engine = new EngineState({ ...options, maxUrls: MAX_URLS }, options.flaw?.engine)
    this.#replica = this.#engine.copy()
    for (let index = 0; index < MEMBERS; index += 1) this.members.push(this.#newMember())
    for (let index = 0; index < CLIENTS; index += 1) {
      const oracle = new RowOracle(`client ${index}`, (text) => this.#fault(text))
      this.#clients.push(new RoamingClient(oracle, this.#member(index)))
    }
  }

  /** Gap events that members have sent to all of their clients. */
  get gaps(): number {
    return this.members.reduce((sum, { oracle }) => sum + oracle.gaps, 0)
  }

  async take(step: RowStep): Promise<void> {
    switch (step.kind) {
      case 'emit':
        for (let count = 0; count < step.count; count += 1) this.#backEnd(step.backEnd).emit()
        break
      case 'pass':
        await this.pass(step.ms)
        break
      case 'crash':
      case 'leave':
        this.#replace(step.member, step.kind)
        break
      case 'freeze':
      case 'thaw':
        this.#member(step.member)[step.kind]()
        break
      case 'cut':
        this.#member(step.member).link.isCut = true
        break
      case 'mend':
        this.#mend(this.#member(step.member))
        break
      case 'mute':
        this.#member(step.member).link.isMute = true
        break
      case 'cut stores':
      case 'mend stores':
        this.#member(step.member).reachStores(step.kind === 'mend stores')
        break
      case 'roam':
        this.#clients[step.client % CLIENTS]?.roam(this.#member(step.member))
        break
      case 'restart engine':
        this.#engine.restart()
        break
      case 'replicate':
        this.#replica = this.#engine.copy()
        break
      case 'evict entries':
        this.#engine.evict('entries')
        break
      case 'evict urls':
        this.#engine.evict('urls')
        break
      case 'evict all':
        this.#engine.evict('all')
        this.#leasesLostMs = this.time.nowMs() + 2 * LEASE_MS
        break
      default:
        this.#failOver(step.behind)
    }
  }

  async pass(ms: number): Promise<void> {
    await this.time.pass(ms, () => this.#look())
  }

  /**
   * Ends all faults, and checks that every member gets the next event of every back end. Only one
   * member is sure to reach back ends.
   */
  async settle(): Promise<readonly string[]> {
    this.#latePart = 0
    for (const member of this.members) {
      this.#mend(member)
      member.thaw()
    }
    this.#member(0).reachStores(true)
    // A lease may be about to end whose renewal was lost.
    for (let times = 0; times < 2; times += 1) {
      await this.pass(LEASE_MS)
      await this.#until(() => this.#isCalm)
    }
    for (const backEnd of this.backEnds) backEnd.emit()
    const announced = this.#options.keepsUrls ? this.#urls : undefined
    const unknown = () => unknownUrls(this.#engine, this.members, announced)
    await this.#until(() => this.#behind().length === 0 && unknown().length === 0)
    this.faults.push(...this.#behind(), ...unknown())
    return this.faults
  }

  /** Lets time pass until the condition is true, but not for ever. */
  async #until(condition: () => boolean): Promise<void> {
    const endMs = this.time.nowMs() + SETTLE_MS
    while (!condition() && this.time.nowMs() < endMs) await this.pass(LEASE_MS / 2)
  }

  /** Members that do not have the newest event of a back end. */
  #behind(): readonly string[] {
    return this.backEnds.flatMap(({ name, count }) =>
      this.members
        .filter(({ oracle }) => oracle.lastOf(name) !== count)
        .map(
          (member) => `${member.name} ends with ${name} ${member.oracle.lastOf(name)} of ${count}`,
        ),
    )
  }

  /** Whether the leader of each back end reads it, and every member has the log. */
  get #isCalm(): boolean {
    const { number, isSettled } = this.#engine.head
    const isLevel = this.members.every(({ member }) => member.number === number && !member.isAlone)
    const isRead = this.backEnds.every(({ name, members }) => {
      const leader = this.#engine.leaderOf(name, this.time.nowMs())
      return leader !== undefined && leader.startsWith(`${[...members].join()}.`)
    })
    return isSettled && isLevel && isRead
  }

  #look(): void {
    for (const client of this.#clients) client.advance()
    const isForgotten = this.time.nowMs() < this.#leasesLostMs
    if (isForgotten || this.members.some(({ link }) => link.engine !== this.#engine)) return
    for (const { name, members } of this.backEnds) {
      const connected = [...members].filter((owner) => {
        const member = this.members.find((one) => one.name === owner)
        return member?.isRunning === true && !member.member.isAlone
      })
      if (connected.length > 1) this.#fault(`${name} is read by ${connected.join(' and ')}`)
    }
  }

  #newMember(): SimulatedMember {
    const { time } = this
    const { random, whenAway, maxFrames, flaw } = this.#options
    this.#born += 1
    const name = `member-${this.#born}`
    const link = new SimulatedLink({
      time,
      engine: this.#engine,
      delayMs: () => (random() < this.#latePart ? LATE_MS : 1 + Math.floor(random() * DELAY_MS)),
      toMember: (work) => member.reach(work),
      onNews: (listener) => void this.#listeners.push(listener),
    })
    const member: SimulatedMember = new SimulatedMember(link, {
      engine: flaw?.port?.(link) ?? link,
      leaseMs: LEASE_MS,
      whenAway,
      patienceMs: flaw?.isPatient === true ? Infinity : PATIENCE_MS,
      memory: { maxFrames, maxBytes: 1_000_000 },
      maxUrls: MAX_URLS,
      newEpoch: () => {
        this.#epochs += 1
        return `e${this.#epochs}`
      },
      name,
      time,
      backEnds: this.backEnds,
      nowMs: flaw?.clock ?? time.nowMs,
      onDelivered: (delivered) => {
        if (delivered.kind === 'frame') {
          this.#ids.take(delivered.id, delivered.text)
          for (const url of member.urls) this.#urls.add(url)
          // Clients got it as an announcement, and get it now as an event.
          const url = delivered.text.slice('data: '.length).trim()
          if (this.#options.keepsUrls && member.learnt.has(url)) {
            this.#fault(`${member.name} announced ${url} before its event`)
          }
        }
        this.#wake()
      },
      fault: (text) => this.#fault(text),
    })
    return member
  }

  /** Reads that wait are answered soon after news. */
  #wake(): void {
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) this.time.after(1, listener)
  }

  #replace(choice: number, how: 'crash' | 'leave'): void {
    const old = this.#member(choice)
    old[how]()
    const member = this.#newMember()
    this.members = this.members.map((one) => (one === old ? member : one))
    for (const client of this.#clients) {
      if (client.member === old) client.roam(this.members.find((one) => one.isRunning) ?? member)
      if (client.member === old) client.startAgain(member)
    }
  }

  #failOver(behind: number): void {
    const old = this.#engine
    this.#engine = this.#replica
    this.#replica = this.#engine.copy()
    this.#leasesLostMs = this.time.nowMs() + 2 * LEASE_MS
    for (const [index, { link }] of this.members.entries()) {
      if (link.engine !== old || index !== behind) link.engine = this.#engine
    }
  }

  #mend({ link }: SimulatedMember): void {
    if (link.engine !== this.#engine) this.#leasesLostMs = this.time.nowMs() + 2 * LEASE_MS
    link.isCut = false
    link.isMute = false
    link.engine = this.#engine
  }

  #member(choice: number): SimulatedMember {
    const member = this.members[choice % this.members.length]
    if (member === undefined) throw new RangeError('a row has members')
    return member
  }

  #backEnd(choice: number): SimulatedBackEnd {
    const backEnd = this.backEnds[choice % this.backEnds.length]
    if (backEnd === undefined) throw new RangeError('a row has back ends')
    return backEnd
  }

  #fault(text: string): void {
    this.faults.push(`${text}, at ${this.time.nowMs()} ms`)
  }
}
