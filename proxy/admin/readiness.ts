import type { BackEnd } from '../backend/back-end.ts'

/**
 * Whether new clients are to be sent to this proxy. It is ready once each back end has answered or
 * failed for the first time, also while back ends are away or new ones are added: a client is better
 * off here than nowhere. It is not ready again after `leave`.
 */
export class Readiness {
  readonly #backEnds: () => readonly Pick<BackEnd, 'wasTried'>[]
  #wasReady = false
  #isLeaving = false

  constructor(backEnds: () => readonly Pick<BackEnd, 'wasTried'>[]) {
    this.#backEnds = backEnds
  }

  /** Whether this proxy is about to end. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /** Why it is not ready; undefined when it is. */
  get obstacle(): string | undefined {
    if (this.#isLeaving) return 'shutting down'
    const untried = this.#backEnds().filter(({ wasTried }) => !wasTried).length
    this.#wasReady ||= untried === 0
    return this.#wasReady ? undefined : `starting: back ends without a first answer: ${untried}`
  }

  /** The proxy is about to end. */
  leave(): void {
    this.#isLeaving = true
  }
}
