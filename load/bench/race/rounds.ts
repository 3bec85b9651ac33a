import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { LoadError } from '../../errors.ts'
import { eventsOf, type Race } from '../../lib/benchmarks/race.ts'
import { startOrigin } from '../../origin/origin.ts'
import { findK6 } from '../../process/k6-binary.ts'
import { readHostLimits } from '../../runner/host-limits.ts'
import { planRun } from '../../runner/plan.ts'
import { findShortages } from '../../runner/preflight.ts'
import type { Contestant } from '../peers/peer.ts'
import { raceAgainst, type RoundResult } from './race.ts'

export interface RoundsOptions {
  readonly contestants: readonly Contestant[]
  /** The same for all contestants; each round has its own event numbers. */
  readonly race: Omit<Race, 'first'>
  readonly rounds: number
  /**
   * Processes of each multi-process server; default: one for each core, or as many as the limit of
   * open files requires.
   */
  readonly workers?: number | undefined
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

export interface Rounds {
  /** Results of each contestant, one for each round. */
  readonly results: ReadonlyMap<Contestant, readonly RoundResult[]>
  /** Names of contestants that could not be started. */
  readonly missing: readonly string[]
}

/** Runs the contestants in turns, round after round, with the same clients and events. */
export async function raceInTurns(options: RoundsOptions): Promise<Rounds> {
  const { contestants, race, rounds, signal, log } = options
  const limits = await readHostLimits()
  const plan = planRun(
    {
      streams: Math.max(...race.steps.map(({ clients }) => clients)),
      processes: undefined,
      localIps: undefined,
      startsProxy: true,
      proxies: 1,
      isLoopback: true,
    },
    limits,
  )
  const shortages = findShortages(plan, limits)
  if (shortages.length > 0) throw new LoadError('cannot-start', shortages.join('\n'))
  const k6 = await findK6({ path: undefined, onBuild: () => log('building k6'), signal })
  const results = new Map<Contestant, RoundResult[]>(contestants.map((one) => [one, []]))
  const missing: string[] = []
  for (let round = 1; round <= rounds; round++) {
    for (const [contestant, ofRounds] of results) {
      log(`${contestant.name}, round ${round}`)
      try {
        ofRounds.push(await runRound(contestant, round))
      } catch (error) {
        if (!(error instanceof LoadError) || error.code !== 'cannot-start') throw error
        log(error.message)
        missing.push(contestant.name)
        results.delete(contestant)
      }
    }
  }
  return { results, missing }

  async function runRound(contestant: Contestant, round: number): Promise<RoundResult> {
    const scratchDir = await mkdtemp(join(tmpdir(), 'race-'))
    try {
      await using origin = await startOrigin(0)
      const originUrl = origin.url
      const workers = options.workers ?? Math.max(plan.workers, limits.cpus)
      await using peer = await contestant.start({ originUrl, workers, scratchDir, signal })
      // Each round has its own event numbers, so that a late event does not count in the next
      // round.
      const first = (round - 1) * eventsOf({ ...race, first: 0 })
      const numbered = { ...race, first }
      return await raceAgainst(peer, {
        race: numbered,
        plan,
        k6,
        originUrl,
        scratchDir,
        signal,
        log,
      })
    } finally {
      await rm(scratchDir, { recursive: true, force: true })
    }
  }
}
