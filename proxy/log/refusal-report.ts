import type { Logger } from 'pino'

import type { BoundaryGuard } from '../boundary-guard.ts'
import { REFUSAL_REASONS, type Refusals } from '../front/admission.ts'

const REPORT_MS = 10_000
const PROXY_PROTOCOL_HINT =
  '; proxy-protocol: the header was missing or malformed, or the peer is not in proxy.trustedProxies'

/** Logs refused clients: one line in ten seconds, however many there are. */
export class RefusalReport {
  readonly #read: () => Refusals
  readonly #logger: Logger
  readonly #timer: NodeJS.Timeout
  #last: Refusals

  constructor(read: () => Refusals, logger: Logger, guard: BoundaryGuard, everyMs = REPORT_MS) {
    this.#read = read
    this.#logger = logger
    this.#last = { ...read() }
    this.#timer = setInterval(() => guard.run('timer', () => this.report()), everyMs)
    this.#timer.unref()
  }

  /** Logs those since the last report, if there are any. */
  report(): void {
    const now = this.#read()
    // A worker that was replaced counts from zero again.
    const since = REFUSAL_REASONS.map((reason) => {
      return [reason, Math.max(0, now[reason] - this.#last[reason])] as const
    })
    this.#last = { ...now }
    const total = since.reduce((sum, [, count]) => sum + count, 0)
    if (total === 0) return
    const refused: Partial<Refusals> = Object.fromEntries(since)
    const hint = (refused['proxy-protocol'] ?? 0) > 0 ? PROXY_PROTOCOL_HINT : ''
    this.#logger.warn({ refused }, `refused clients: ${total}${hint}`)
  }

  close(): void {
    clearInterval(this.#timer)
    this.report()
  }
}
