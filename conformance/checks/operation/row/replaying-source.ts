import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'

/** The first back end, with ids: a reader that comes back gets what it has missed. */
export class ReplayingSource {
  readonly #t: Rig
  readonly #run: string
  readonly #frames: string[] = []

  private constructor(t: Rig) {
    this.#t = t
    this.#run = t.token()
  }

  /** Waits until the target reads it. */
  static async start(t: Rig): Promise<ReplayingSource> {
    const source = new ReplayingSource(t)
    await t.upstreamOf(t.backend)
    t.backend.answerWith((upstream) => {
      upstream.answer()
      upstream.write(source.#missed(upstream))
    })
    return source
  }

  /** Sends an event with this data to each front that is connected. */
  emit(data: string): void {
    this.#frames.push(`id: ${this.#run}-${this.#frames.length + 1}\ndata: ${data}\n\n`)
    for (const upstream of this.#t.backend.streams) upstream.write(this.#frames.at(-1) ?? '')
  }

  #missed(upstream: OriginExchange): string {
    const [run, number] = (upstream.field('last-event-id') ?? '').split('-')
    return run === this.#run ? this.#frames.slice(Number(number)).join('') : ''
  }
}
