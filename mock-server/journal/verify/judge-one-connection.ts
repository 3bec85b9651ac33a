import type { ConnectEntry } from '../entry.ts'
import type { Selector } from './facts.ts'
import { differences, factsOfStream } from './facts.ts'
import type { Evidence, Judgement } from './judge.ts'
import type { Miss } from './near-misses.ts'
import { nearest, shownMisses } from './near-misses.ts'

/**
 * Whether one stream, and never more than one at a time, was open. A stream that ends and is opened
 * again is still one connection.
 */
export function judgeOneConnection(selector: Selector, evidence: Evidence): Judgement {
  const open = new Set<string>()
  const others: Miss[] = []
  const tooMany: Miss[] = []
  let most = 0
  const add = (entry: ConnectEntry): void => {
    const why = differences(selector, factsOfStream(entry))
    if (why.length > 0) {
      others.push({ entry, why })
      return
    }
    const [first] = open
    open.add(entry.client.id)
    most = Math.max(most, open.size)
    if (first !== undefined) tooMany.push({ entry, why: [`opened while ${first} was open`] })
  }
  for (const entry of evidence.openBefore) add(entry)
  for (const entry of evidence.entries) {
    if (entry.kind === 'connect') add(entry)
    else if (entry.kind === 'leave') open.delete(entry.client.id)
  }
  const message = `expected exactly one connection at a time, got ${most}`
  if (most === 1) return { verdict: 'passed', message, nearMisses: [] }
  const nearMisses = most === 0 ? nearest(others) : shownMisses(tooMany)
  return { verdict: 'failed', message, nearMisses }
}
