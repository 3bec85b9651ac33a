import exec from 'k6/execution'
import http from 'k6/http'

import { settings } from '../settings/current-settings.ts'

/**
 * One virtual user's share of a run. Shards run in parallel, in one k6 or in several, and wait for
 * each other between steps.
 */
export interface Shard {
  /** From 1. */
  readonly index: number
  /** True for the one shard that makes changes and queries the store. */
  readonly isLeader: boolean
  readonly streams: number
  /** New connections per second of this shard. */
  readonly perSecond: number
  /** The proxy that this shard's streams connect to. */
  readonly target: string
  /**
   * A barrier: waits for all shards and returns the number of each, in order. Throws when a shard
   * has left the run.
   */
  waitForAll(barrier: string, value?: number): Promise<readonly number[]>
  /** The same, and returns the list that the leading shard gives. */
  shareList(barrier: string, list: readonly number[]): Promise<readonly number[]>
  /** Releases all waiting shards: this shard will not reach another barrier. */
  leave(): void
}

/** No shard waits for longer than a run may take. */
const BARRIER_TIMEOUT = '24h'

export function currentShard(): Shard {
  const { profile, shards, targets, barrier: server } = settings
  const index = exec.vu.idInTest
  /** Returns what each shard gave, in order. */
  async function meet(barrier: string, value: unknown): Promise<readonly unknown[]> {
    if (server === undefined) return [value]
    const body = JSON.stringify({ shard: index, value })
    const url = `${server}/barriers/${encodeURIComponent(barrier)}`
    const response = await http.asyncRequest('POST', url, body, {
      timeout: BARRIER_TIMEOUT,
      tags: { name: 'barrier' },
      responseCallback: http.expectedStatuses(200, 409),
    })
    if (response.status === 409) {
      throw new Error(`barrier "${barrier}": another shard has left the run`)
    }
    if (response.status !== 200) throw new Error(`barrier "${barrier}": ${response.error}`)
    const values: unknown = response.json('values')
    return Array.isArray(values) ? values : []
  }
  return {
    index,
    isLeader: index === 1,
    streams: shareOf(profile.streams, shards, index),
    perSecond: Math.max(1, profile.perSecond / shards),
    target: targets[(index - 1) % targets.length] ?? '',
    async waitForAll(barrier, value = 0) {
      return (await meet(barrier, value)).map(Number)
    },
    async shareList(barrier, list) {
      const [ofLeader] = await meet(barrier, index === 1 ? list : [])
      return Array.isArray(ofLeader) ? ofLeader.map(Number) : []
    },
    leave() {
      if (server !== undefined) http.post(`${server}/leave`)
    },
  }
}

/** Divides a number into shares that differ by at most one. */
export function shareOf(total: number, shards: number, index: number): number {
  return Math.floor((total * index) / shards) - Math.floor((total * (index - 1)) / shards)
}
