import type { BackEnd } from '../backend/back-end.ts'

/**
 * Whether new clients are to be sent to this proxy. It is ready once each back end has answered or
 * failed for the first time, also while back ends are away: a client is better off here than
 * nowhere. It is not ready again after `leave`.
 */
export class Readiness {
  readonly #backEnds: readonly Pick<BackEnd, 'wasTried'>[]
  #isLeaving = false

  constructor(backEnds: readonly Pick<BackEnd, 'wasTried'>[]) {
    this.#backEnds = backEnds
  }

  /** Whether this proxy is about to end. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /** Why it is not ready; undefined when it is. */
  get obstacle(): string | undefined {
    if (this.#isLeaving) return 'shutting down'
    const untried = this.#backEnds.filter(({ wasTried }) => !wasTried).length
    return untried === 0 ? undefined : `starting: back ends without a first answer: ${untried}`
  }

  /** The proxy is about to end. */
  leave(): void {
    this.#isLeaving = true
  }
}
