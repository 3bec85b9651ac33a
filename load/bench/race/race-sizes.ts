import { LoadError } from '../../errors.ts'
import type { Contestant } from '../peers/peer.ts'
import { raceInTurns, type RoundsOptions } from './rounds.ts'
import { type Standing, toStanding } from './standing.ts'

export interface SizesOptions extends Omit<RoundsOptions, 'race'> {
  /** Numbers of clients. */
  readonly sizes: readonly number[]
  /** Single events for each number of clients. */
  readonly events: number
  /** Events that clients miss while they are disconnected. 0: no client is disconnected. */
  readonly missed: number
  readonly connectsPerSecond: number
}

export interface Sizes {
  readonly contestants: readonly Contestant[]
  readonly standings: readonly Standing[]
  /** Names of contestants that could not be started. */
  readonly missing: readonly string[]
}

/** Sends single events to growing numbers of clients. Throws when no contestant could be started. */
export async function raceSizes(options: SizesOptions): Promise<Sizes> {
  const { sizes, events, missed, connectsPerSecond, ...rest } = options
  const steps = sizes.map((size) => {
    return { name: `${size} clients`, clients: size, events, perSecond: undefined }
  })
  const { results, missing } = await raceInTurns({
    ...rest,
    race: { steps, missed, connectsPerSecond },
  })
  if (results.size === 0) throw new LoadError('cannot-start', 'no contestant could be started')
  const standings = [...results].map(([{ name, source }, ofRounds]) => {
    return toStanding(name, source, ofRounds)
  })
  return { contestants: [...results.keys()], standings, missing }
}
