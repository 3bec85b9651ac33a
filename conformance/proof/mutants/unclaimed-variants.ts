import type { Capability } from '../../runner/target.ts'
import type { ConcentratorFaults } from './concentrator/concentrator-faults.ts'
import type { Frame } from './concentrator/event-log.ts'
import type { Fault } from './faults/fault.ts'
import { concentratorMutant, type Mutant } from './mutant.ts'

const NEVER_MS = 86_400_000
const EVEN_WAIT_MS = 250

interface Claim {
  readonly lacks: readonly Capability[]
  /** Globs of the checks that may notice. Left out: all. */
  readonly only?: readonly string[] | undefined
}

/** Faults that only break what these capabilities promise. */
const FAULTS_OF_CLAIMS: Readonly<Record<string, Claim>> = {
  'ignores-query-id': { lacks: ['query-id'], only: ['replay.*', 'gap.*', 'front.*', 'life.*'] },
  'no-early-id': {
    lacks: ['early-id'],
    only: ['base.*', 'replay.*', 'gap.*', 'front.*', 'life.*', 'flush.*', 'join.*', 'beat.*'],
  },
  'silent-gap': { lacks: ['gap-event'], only: ['gap.*', 'replay.*', 'life.*', 'load.*'] },
  'silent-outage': { lacks: ['gap-event'], only: ['gap.*', 'replay.*', 'life.*', 'up.*'] },
  'lazy-upstream': { lacks: ['standing-upstream'] },
  'no-credentials': { lacks: ['credentials', 'vendor-file'], only: ['base.*', 'up.*', 'chain.*'] },
  'no-extra-headers': {
    lacks: ['header-override', 'vendor-file'],
    only: ['base.*', 'up.*', 'chain.*'],
  },
  'no-heartbeat': {
    lacks: ['heartbeat'],
    only: ['beat.*', 'idle.*', 'life.*', 'flush.*', 'load.*'],
  },
  'poll-never-ends': { lacks: ['long-poll'], only: ['poll.*', 'front.*', 'cors.*', 'life.*'] },
  'no-cors': { lacks: ['cors', 'vendor-file'], only: ['cors.*', 'front.*', 'flush.*', 'poll.*'] },
  'ping-404': {
    lacks: ['admin', 'vendor-file'],
    only: ['admin.*', 'stop.*', 'worker.*', 'life.*'],
  },
  'stops-without-retry': { lacks: ['spread-returns'], only: ['stop.*', 'worker.*', 'life.*'] },
}

type Lack = Fault<ConcentratorFaults> & Claim

const WITHOUT_IDS: ConcentratorFaults = {
  backend: { outage: 'silent' },
  log: { replay: () => [], resync: () => [] },
  // A byte order mark that begins a client's stream would be dropped.
  member: { ids: false, earlyId: false, opening: Buffer.from(':\n\n') },
}
const IDS: readonly Capability[] = ['replay', 'query-id', 'early-id', 'gap-event', 'long-poll']

const OTHER_LACKS: readonly Lack[] = [
  {
    name: 'even-retries',
    description: 'waits equally long before each retry',
    lacks: ['growing-backoff'],
    only: ['up.*', 'life.*', 'admin.*'],
    points: () => ({ backend: { waitMs: evenWaitMs } }),
  },
  {
    name: 'writes-anew',
    description: 'writes the known fields of an event in its own spelling, and nothing else',
    lacks: ['verbatim'],
    points: () => ({ log: { append: (frame) => writtenAnew(frame) } }),
  },
  {
    name: 'without-ids',
    description: 'gives no ids and replays nothing',
    lacks: IDS,
    points: () => WITHOUT_IDS,
  },
  {
    name: 'plain-fan-out',
    description: 'reads its back ends while it has clients, and sends them what comes',
    lacks: [...IDS, 'standing-upstream', 'growing-backoff', 'heartbeat', 'spread-returns', 'row'],
    points: () => ({
      ...WITHOUT_IDS,
      backend: {
        ...WITHOUT_IDS.backend,
        opens: 'with-first-client',
        whenAlone: 'disconnect',
        forwardsIds: true,
        waitMs: evenWaitMs,
      },
      member: { ...WITHOUT_IDS.member, heartbeatMs: NEVER_MS },
      poll: { ends: 'never' },
      stop: 'without-retry',
    }),
  },
]

function evenWaitMs(_attempt: number, firstMs: number): number {
  return Math.max(firstMs, EVEN_WAIT_MS)
}

/** What a proxy sends that reads events with a parser and forwards the parsed ones. */
function writtenAnew(frame: Frame): readonly Frame[] {
  const lines = frame.bytes
    .toString('latin1')
    .split(/\r\n|[\r\n]/)
    .flatMap((line) => {
      const [, name, value = ''] = /^(event|data|retry)(?:: ?(.*))?$/.exec(line) ?? []
      return name === undefined ? [] : [`${name}: ${value}\n`]
    })
  if (lines.length === 0) return []
  return [{ ...frame, bytes: Buffer.from(`${lines.join('')}\n`, 'latin1') }]
}

/**
 * Concentrators that lack a capability and do not claim it. They are right ones, so no check may
 * fail them.
 */
export function unclaimedVariants(faults: readonly Fault<ConcentratorFaults>[]): readonly Mutant[] {
  const lacks = faults.flatMap((fault): readonly Lack[] => {
    const claim = FAULTS_OF_CLAIMS[fault.name]
    return claim === undefined ? [] : [{ ...fault, ...claim, name: `unclaimed-${fault.name}` }]
  })
  return [...lacks, ...OTHER_LACKS].map((lack) => {
    const built = concentratorMutant(lack, true)
    const { claims } = built.driver
    const capabilities = claims.capabilities.filter((claimed) => !lack.lacks.includes(claimed))
    return { ...built, driver: { ...built.driver, claims: { ...claims, capabilities } } }
  })
}
