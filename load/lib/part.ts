import exec from 'k6/execution'
import http from 'k6/http'

import type { Settings } from './settings.ts'

/** One virtual user's part of a run. Parts run at the same time, in one k6 or in several, and meet between steps. */
export interface Part {
  /** From 1. */
  readonly index: number
  /** The one part that makes changes and asks the store. */
  readonly isLead: boolean
  readonly streams: number
  /** New connections per second of this part. */
  readonly perSecond: number
  /** The proxy that this part's streams go to. */
  readonly target: string
  /** Waits for all parts and returns the number that each has brought, in their order. Throws when one has left. */
  meet(name: string, value?: number): Promise<readonly number[]>
  /** Tells the others that there is nothing to wait for. */
  leave(): void
}

/** No part waits for longer than a run may take. */
const MEETING_TIMEOUT = '24h'

export function currentPart({ profile, parts, targets, conductor }: Settings): Part {
  const index = exec.vu.idInTest
  const streams = shareOf(profile.streams, parts, index)
  return {
    index,
    isLead: index === 1,
    streams,
    perSecond: Math.max(1, profile.perSecond / parts),
    target: targets[(index - 1) % targets.length] ?? '',
    async meet(name, value = 0) {
      if (conductor === undefined) return [value]
      const body = JSON.stringify({ party: index, value })
      const url = `${conductor}/meet/${encodeURIComponent(name)}`
      const response = await http.asyncRequest('POST', url, body, {
        timeout: MEETING_TIMEOUT,
        tags: { name: 'meet' },
        responseCallback: http.expectedStatuses(200, 409),
      })
      if (response.status === 409)
        throw new Error(`meeting "${name}": another part has left the run`)
      if (response.status !== 200) throw new Error(`meeting "${name}": ${response.error}`)
      const values: unknown = response.json('values')
      return Array.isArray(values) ? values.map(Number) : []
    },
    leave() {
      if (conductor !== undefined) http.post(`${conductor}/leave`)
    },
  }
}

/** Divides a number so that parts differ by one at most. */
export function shareOf(total: number, parts: number, index: number): number {
  return Math.floor((total * index) / parts) - Math.floor((total * (index - 1)) / parts)
}
