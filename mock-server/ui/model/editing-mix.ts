/** Edits that the page makes by itself, one after the other. */
export interface Mix {
  readonly total: number
  readonly perSecond: number
  /** How often each kind, against the others. */
  readonly create: number
  readonly update: number
  readonly publish: number
}

export interface MixPreset {
  readonly title: string
  readonly mix: Mix
}

export const MIX_PRESETS: readonly MixPreset[] = [
  {
    title: 'One edit a second',
    mix: { total: 60, perSecond: 1, create: 1, update: 3, publish: 1 },
  },
  {
    title: 'Breaking news',
    mix: { total: 200, perSecond: 40, create: 1, update: 4, publish: 2 },
  },
  {
    title: 'Same item 50 times',
    mix: { total: 50, perSecond: 10, create: 0, update: 1, publish: 0 },
  },
]

/** How many edits are due after so long. */
export function dueEdits({ total, perSecond }: Mix, passedMs: number): number {
  return Math.min(total, Math.floor((passedMs / 1_000) * perSecond) + 1)
}

/** The kind of the nth edit: the same mix gives the same edits. */
export function kindOfEdit(
  { create, update, publish }: Mix,
  index: number,
): 'create' | 'update' | 'publish' {
  const weights = Math.max(1, create + update + publish)
  const turn = index % weights
  if (turn < create) return 'create'
  return turn < create + update ? 'update' : 'publish'
}

/** Seconds until all is done at the rate of so far; undefined before the first edit. */
export function secondsLeft(mix: Mix, done: number, passedMs: number): number | undefined {
  if (done === 0) return undefined
  return Math.ceil(((mix.total - done) * passedMs) / done / 1_000)
}
