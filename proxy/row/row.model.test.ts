import { expect, it } from 'vitest'

import type { Engine, LogHead, UrlPage } from './engine.ts'
import { faultOf, type FaultPlan } from '../testing/row/row-trial.ts'
import type { RowFlaw } from '../testing/row/row-flaw.ts'

/** `MODEL_RUNS=20 npm test -- --project proxy` tries more. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 1) ** 2 * 40
/** The same runs each time. More runs are other runs, too. */
const SEED = 18
/** Each mutant is found much earlier with this seed. */
const MUTANT_SEED = 3
const MUTANT_RUNS = 1500

it.each([
  ['proxies', 'wait', 'each event once and in order, on every proxy'],
  ['stores', 'wait', 'each event once and in order, on every proxy'],
  ['engine', 'wait', 'each event once and in order, on every proxy'],
  ['urls', 'wait', 'each event once and in order, or a gap event'],
  ['all', 'wait', 'each event once and in order, or a gap event'],
  ['all', 'own-connection', 'each event once and in order, or a gap event'],
] as const)(
  'under random faults (%s, whenAway %s) the clients of a row get %s, and all proxies know its URLs',
  async (plan, whenAway, _result) => {
    expect(await faultOf({ plan, whenAway, runs: RUNS, seed: SEED })).toBeUndefined()
  },
)

/** Each rule, broken, and the faults that show it. */
const MUTANTS: Readonly<Record<string, readonly [FaultPlan, RowFlaw]>> = {
  'the engine does not check the term': ['all', { engine: 'term unchecked' }],
  'the engine does not check the expected number': ['proxies', { engine: 'number unchecked' }],
  'the engine keeps the epoch, so numbers are given again': ['all', { engine: 'epoch kept' }],
  'the engine gives the number of its newest entry again': ['all', { engine: 'number reused' }],
  'a restart of the engine is not noticed': ['all', { engine: 'restart unnoticed' }],
  'the lease is never renewed': [
    'proxies',
    { port: (engine) => ({ ...engine, renew: async () => true }) },
  ],
  'a member that cannot reach a back end keeps its lease': ['stores', { isPatient: true }],
  'clients get a frame before the engine has it': ['proxies', { port: acknowledgeEarly }],
  'a member does not recognise its own frames in the log': ['proxies', { port: forgetSequences }],
  'a member connects before it has copied the log': ['engine', { port: skipCopy }],
  'a member waits for ever for an answer': ['proxies', { port: waitForEver }],
  'the engine is never healed': [
    'engine',
    { port: (engine) => ({ ...engine, heal: async (head) => ({ refusal: 'moved', head }) }) },
  ],
  'the engine does not record URLs': ['urls', { engine: 'urls unrecorded' }],
  'a member that starts does not ask for URLs': [
    'urls',
    { port: (engine) => ({ ...engine, urls: async () => await withoutUrls(engine) }) },
  ],
  'URLs that the engine has lost are not given back': [
    'urls',
    { port: (engine) => ({ ...engine, remember: async () => {} }) },
  ],
  'a member does not notice that the engine has lost URLs': [
    'urls',
    {
      port: (engine) => ({
        ...engine,
        read: async (after, waitMs) => atRevision1(await engine.read(after, waitMs)),
        append: async (...call) => atRevision1(await engine.append(...call)),
      }),
    },
  ],
  'the clock of leases stops while the process is stopped': [
    'proxies',
    { clock: ({ runningMs }) => runningMs() },
  ],
}

it.each(Object.entries(MUTANTS))(
  'the model test finds the mutant: %s',
  async (_name, [plan, flaw]) => {
    const options = { plan, whenAway: 'wait', runs: MUTANT_RUNS, seed: MUTANT_SEED, flaw } as const
    expect(await faultOf(options)).toBeDefined()
  },
)

async function withoutUrls(engine: Engine): Promise<UrlPage> {
  const { head } = await engine.urls()
  return { head, urls: [], next: undefined }
}

function atRevision1<Reply extends { readonly head: LogHead }>(reply: Reply): Reply {
  return { ...reply, head: { ...reply.head, urlRevision: 1 } }
}

function acknowledgeEarly(engine: Engine): Engine {
  let head: Parameters<Engine['settle']>[0] | undefined
  return {
    ...engine,
    read: async (after, waitMs) => {
      const page = await engine.read(after, waitMs)
      head = page.head
      return page
    },
    append: async (lease, after, entries) => {
      const answer = engine.append(lease, after, entries)
      if (head === undefined) return await answer
      answer.catch(() => {})
      return { refusal: undefined, head: { ...head, number: after + entries.length } }
    },
  }
}

function forgetSequences(engine: Engine): Engine {
  return {
    ...engine,
    read: async (after, waitMs) => {
      const { head, entries } = await engine.read(after, waitMs)
      return { head, entries: entries.map((entry) => ({ ...entry, sequence: 0 })) }
    },
  }
}

function skipCopy(engine: Engine): Engine {
  return {
    ...engine,
    read: async (after, waitMs) => {
      const page = await engine.read(after, waitMs)
      return waitMs > 0 ? page : { head: { ...page.head, number: after }, entries: [] }
    },
  }
}

function waitForEver(engine: Engine): Engine {
  return {
    ...engine,
    read: async (after, waitMs) =>
      await engine.read(after, waitMs).catch(async (error: unknown) => {
        if (waitMs === 0) throw error
        return await new Promise(() => {})
      }),
  }
}
