import type { BackEnd } from '../backend/back-end.ts'
import type { RowState } from '../process/row.ts'

/**
 * Whether new clients are to be sent to this proxy. It is ready once each back end has answered or
 * failed for the first time, also while back ends are away or new ones are added: a client is better
 * off here than nowhere. In a row, that is so once it has the shared log, or reads back ends itself.
 * It is not ready again after `leave`.
 */
export class Readiness {
  readonly #backEnds: () => readonly Pick<BackEnd, 'wasTried'>[]
  readonly #row: () => RowState | undefined
  #wasReady = false
  #isLeaving = false

  constructor(
    backEnds: () => readonly Pick<BackEnd, 'wasTried'>[],
    row: () => RowState | undefined = () => undefined,
  ) {
    this.#backEnds = backEnds
    this.#row = row
  }

  /** Whether this proxy is about to end. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /** Why it is not ready; undefined when it is. */
  get obstacle(): string | undefined {
    if (this.#isLeaving) return 'shutting down'
    const why = this.#whyStarting()
    this.#wasReady ||= why === undefined
    return this.#wasReady ? undefined : `starting: ${why}`
  }

  /** The proxy is about to end. */
  leave(): void {
    this.#isLeaving = true
  }

  #whyStarting(): string | undefined {
    const row = this.#row()
    if (row !== undefined) {
      if (row.hasJoined || row.isAlone) return undefined
      return `waiting for the log of the row ${row.name}: ${row.failure ?? 'it is being read'}`
    }
    const untried = this.#backEnds().filter(({ wasTried }) => !wasTried).length
    return untried === 0 ? undefined : `back ends without a first answer: ${untried}`
  }
}
