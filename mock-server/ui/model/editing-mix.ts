/** Edits that the page makes by itself, one after the other. */
export interface Mix {
  readonly total: number
  readonly perSecond: number
  /** Equal times between edits, or random ones with the same mean, as a Poisson process has them. */
  readonly arrival: 'even' | 'random'
  /** The same seed gives the same random times. */
  readonly seed: number
  /** How often each kind, against the others. */
  readonly create: number
  readonly update: number
  readonly publish: number
  readonly delete: number
}

export const EDIT_KINDS = ['create', 'update', 'publish', 'delete'] as const
type EditKind = (typeof EDIT_KINDS)[number]

/** What presets do not say. */
export const PLAIN_MIX: Mix = {
  total: 60,
  perSecond: 1,
  arrival: 'even',
  seed: 7,
  create: 1,
  update: 3,
  publish: 1,
  delete: 0,
}

export interface MixPreset {
  readonly title: string
  readonly mix: Mix
}

export const MIX_PRESETS: readonly MixPreset[] = [
  {
    title: 'One edit a second',
    mix: PLAIN_MIX,
  },
  {
    title: 'Breaking news',
    mix: { ...PLAIN_MIX, total: 200, perSecond: 40, arrival: 'random', update: 4, publish: 2 },
  },
  {
    title: 'Same item 50 times',
    mix: { ...PLAIN_MIX, total: 50, perSecond: 10, create: 0, update: 1, publish: 0 },
  },
]

/** When each edit of a mix is due: the first one at once. */
export class Arrivals {
  readonly #mix: Mix
  #count = 1
  #nextMs: number
  #random: number

  constructor(mix: Mix) {
    this.#mix = mix
    this.#random = mix.seed >>> 0
    this.#nextMs = this.#gapMs()
  }

  /** How many edits are due after so long; `passedMs` does not go back. */
  due(passedMs: number): number {
    for (; this.#nextMs <= passedMs && this.#count < this.#mix.total; this.#count += 1)
      this.#nextMs += this.#gapMs()
    return Math.min(this.#count, this.#mix.total)
  }

  #gapMs(): number {
    const meanMs = 1_000 / Math.max(this.#mix.perSecond, 0.001)
    return this.#mix.arrival === 'even' ? meanMs : -Math.log(1 - this.#draw()) * meanMs
  }

  /** From 0 to below 1. It is mulberry32. */
  #draw(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The kind of the nth edit: the same mix gives the same edits. */
export function kindOfEdit(mix: Mix, index: number): EditKind {
  const total = EDIT_KINDS.reduce((sum, kind) => sum + mix[kind], 0)
  let turn = index % Math.max(1, total)
  return EDIT_KINDS.find((kind) => (turn -= mix[kind]) < 0) ?? 'update'
}

/** The same as a scenario, which begins with an item of its own. */
export function scenarioOf(mix: Mix, section: number): string {
  const { total, perSecond, arrival, seed } = mix
  const weights = EDIT_KINDS.map((kind) => `${kind}: ${mix[kind]}`).join(', ')
  const rate = Math.max(perSecond, 0.001)
  return `name: generated edits
seed: ${seed}
clients: 1
# With "clock: 2026-01-01T12:00:00Z" here, it does not wait.
steps:
  - create: {section: ${section}, title: First, state: published, as: item}
  - bulk:
      edits: ${Math.max(1, total)}
      rate: ${rate}
      arrival: ${arrival}
      mix: {${weights}}
      sections: [${section}]
      items: [$item]
  - expect: {delivered: all}
`
}

/** Seconds until all is done at the rate of so far; undefined before the first edit. */
export function secondsLeft(mix: Mix, done: number, passedMs: number): number | undefined {
  if (done === 0) return undefined
  return Math.ceil(((mix.total - done) * passedMs) / done / 1_000)
}
