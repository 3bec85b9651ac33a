import type { RowOracle } from './row-oracle.ts'
import type { SimulatedMember } from './simulated-member.ts'

/** A client of a row, which may reconnect to another member with its last id. */
export class RoamingClient {
  readonly #oracle: RowOracle
  #member: SimulatedMember
  /** In the log of the member. */
  #position = 0
  #lastId: string | undefined

  constructor(oracle: RowOracle, member: SimulatedMember) {
    this.#oracle = oracle
    this.#member = member
  }

  get member(): SimulatedMember {
    return this.#member
  }

  /** Takes what its member has delivered since. */
  advance(): void {
    if (!this.#member.isRunning) return
    const { log } = this.#member
    for (const delivered of log.slice(this.#position)) {
      this.#oracle.take(delivered)
      if (delivered.kind === 'frame') this.#lastId = delivered.id
    }
    this.#position = log.length
  }

  /** Reconnects to a member that runs, unless the client has no id yet. */
  roam(member: SimulatedMember): void {
    const id = this.#lastId
    if (id === undefined || !member.isRunning) return
    const index = member.log.findLastIndex((one) => one.kind === 'frame' && one.id === id)
    if (index === -1) this.#oracle.take({ kind: 'gap' })
    this.#position = index === -1 ? member.log.length : index + 1
    this.#member = member
  }

  /** Connects without an id. */
  startAgain(member: SimulatedMember): void {
    this.#member = member
    this.#position = 0
    this.#lastId = undefined
  }
}
