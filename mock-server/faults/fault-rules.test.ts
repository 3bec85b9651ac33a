import { describe, expect, it } from 'vitest'

import { FAULT_PLAN } from './fault.ts'
import { FAULT_KINDS } from './fault-kinds.ts'
import { FAULT_SCOPES } from './fault-scope.ts'

/** What a kind cannot do without. */
const NEEDED: Readonly<Record<string, object>> = {
  latency: { ms: 1 },
  jitter: { ms: 1 },
  status: { status: 503 },
  malformed: { defect: 'gzip' },
  'slow-close': { ms: 1 },
  bandwidth: { bytesPerSecond: 1 },
  'early-event': { ms: 1 },
}

function mistakesOf(fault: object): readonly string[] {
  const { error } = FAULT_PLAN.safeParse({ faults: [{ name: 'a', ...fault }] })
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

const WRONG = Object.entries(FAULT_KINDS)
  .filter(([kind]) => kind !== 'down')
  .flatMap(([kind, { scopes }]) =>
    FAULT_SCOPES.filter((scope) => !scopes.some((known) => known === scope)).map((scope) => ({
      kind,
      scope,
      scopes,
    })),
  )

describe('a plan of faults', () => {
  it.each(WRONG)(
    'a plan of faults refuses $kind in scope $scope, and names the valid ones',
    (wrong) => {
      const { kind, scope, scopes } = wrong
      const [mistake, ...more] = mistakesOf({ kind, scope, ...NEEDED[kind] })
      expect(more).toEqual([])
      expect(mistake).toContain(`faults.0.scope: ${kind} has no scope ${scope}; expected `)
      for (const known of scopes) expect(mistake).toContain(known)
    },
  )

  it.each([
    [{ kind: 'reset', scope: 'feed', first: 1, every: 2 }, 'every: expected at most one of first'],
    [{ kind: 'reset', scope: 'feed', client: 'a' }, 'client: reset in scope feed has no client'],
    [{ kind: 'reset', scope: 'item', log: 'a' }, 'expected path, method or user'],
    [{ kind: 'reset', scope: 'sse-open', method: 'GET' }, 'has no method; expected path, client'],
    [{ kind: 'late-row', scope: 'feed', user: 'a' }, 'user: late-row in scope feed has no user'],
    [{ kind: 'reset', scope: 'feed', afterEvents: 1 }, 'afterEvents: only streams have events'],
    [{ kind: 'fin', scope: 'item', clean: true }, 'clean: a document that ends early'],
    [{ kind: 'truncate', scope: 'feed', fraction: 1, bytes: 1 }, 'expected fraction or bytes'],
    [{ kind: 'split', scope: 'feed', at: 'field-name' }, 'expected bytes, utf-8 or crlf'],
    [{ kind: 'malformed', scope: 'sse-connect', defect: 'root' }, 'content-type, gzip or bom'],
    [{ kind: 'status', scope: 'feed', status: 200 }, 'faults.0.status'],
    [{ kind: 'status', scope: 'feed', status: 500, contentType: 'a\r\nb' }, 'contentType'],
    [{ kind: 'event-foreign', scope: 'sse-open', host: 'a/b' }, 'expected a host name'],
    [{ kind: 'reset', scope: 'feed', ms: 1 }, 'ms'],
    [{ kind: 'down' }, 'faults.0.ms'],
  ])('a plan of faults refuses %j', (fault, expected) => {
    expect(mistakesOf(fault).join('\n')).toContain(expected)
  })
})
