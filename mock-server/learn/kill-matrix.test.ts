import { describe, expect, it } from 'vitest'

import type { KnobName, Settings } from '../knobs.ts'
import { KNOB_NAMES, KNOBS } from '../knobs.ts'
import { readSettings } from '../settings.ts'
import { learnOptions, QUICK } from '../testing/learn-store.ts'
import { serveStore } from '../testing/serve-store.ts'
import type { ProbeOptions } from './context.ts'
import type { Findings } from './finding.ts'
import { isDifferent } from './learn.ts'
import { observe } from './observe.ts'
import { PoliteClient } from './polite-client.ts'

interface Turn {
  readonly settings: Partial<Settings>
  readonly options?: Partial<ProbeOptions> | undefined
}

/**
 * Values other than the default for each setting, with the options that the probes need to detect
 * them.
 */
const TURNS: Readonly<Partial<Record<KnobName, readonly Turn[]>>> = {
  publicUrl: [{ settings: { publicUrl: 'https://cs.example.com/ece' } }],
  acceptAnyLogin: [{ settings: { acceptAnyLogin: true } }],
  maxBodyBytes: [{ settings: { maxBodyBytes: 2345 } }, { settings: { maxBodyBytes: 1_234_567 } }],
  // With the last value, changes of items cause no events.
  announce: [
    { settings: { announce: ['section', 'person'] } },
    { settings: { announce: ['domain', 'person'] } },
    { settings: { announce: ['person'] }, options: { eventMs: 500 } },
  ],
  ids: [{ settings: { ids: true } }],
  replay: [{ settings: { ids: true, replay: true } }],
  retryMs: [{ settings: { retryMs: 2345 } }],
  heartbeatMs: [{ settings: { heartbeatMs: 40 }, options: { listenMs: 20_000 } }],
  corsOrigins: [
    { settings: { corsOrigins: ['*'] } },
    {
      settings: { corsOrigins: ['https://b.test'] },
      options: { corsOrigins: ['https://a.test', 'https://b.test'] },
    },
  ],
  sseEndpoint: [{ settings: { sseEndpoint: 'https://sse.example.com/all' } }],
  defaultCount: [{ settings: { defaultCount: 7 } }],
  maxCount: [
    { settings: { maxCount: 10 } },
    { settings: { maxCount: 777 } },
    { settings: { maxCount: 10_000 } },
  ],
  inheritingSectionLog: [{ settings: { inheritingSectionLog: 'section' } }],
  denyLogs: [{ settings: { denyLogs: ['person/1', 'section/12', 'list/61'] } }],
  denyStatus: [{ settings: { denyLogs: ['section/12'], denyStatus: 404 } }],
  feedTitle: [{ settings: { feedTitle: true } }],
  entryUpdated: [{ settings: { entryUpdated: true } }],
  logPayload: [{ settings: { logPayload: true } }],
  logEtags: [{ settings: { logEtags: true } }],
  titleField: [{ settings: { titleField: '' } }],
  deletedStatus: [{ settings: { deletedStatus: 404 } }, { settings: { deletedStatus: 410 } }],
  missingMatchStatus: [
    { settings: { missingMatchStatus: 428 } },
    { settings: { missingMatchStatus: 400 } },
  ],
  sectionModel: [{ settings: { sectionModel: 'content-type' } }],
  putStatus: [{ settings: { putStatus: 200 } }],
  deleteStatus: [{ settings: { deleteStatus: 204 } }],
}

const rows = KNOB_NAMES.flatMap((knob) =>
  (TURNS[knob] ?? []).map((turn) => ({ knob, ...turn, shown: JSON.stringify(turn.settings) })),
)

/** `npm run test:full` tests each value alone; a short run tests a sample. */
const SAMPLE = Number(process.env['MODEL_RUNS'] ?? 1) > 1 ? 1 : 6
const seed = Number(process.env['TEST_SEED'] ?? 0)
const aloneRows = rows.filter((_row, index) => (index + seed) % SAMPLE === 0)

/** Round 1 has the first value of every setting, round 2 the second, and so on. */
const rounds = Array.from(
  { length: Math.max(...KNOB_NAMES.map((knob) => TURNS[knob]?.length ?? 0)) },
  (_, round) => {
    const knobs = KNOB_NAMES.filter((knob) => TURNS[knob]?.[round] !== undefined)
    const turns = knobs.map((knob) => TURNS[knob]?.[round])
    const settings: Partial<Settings> = Object.assign({}, ...turns.map((turn) => turn?.settings))
    const options: Partial<ProbeOptions> = Object.assign({}, ...turns.map((turn) => turn?.options))
    return { round: round + 1, knobs, settings, options }
  },
)

async function findingsOf(
  settings: Partial<Settings>,
  options: Partial<ProbeOptions> = {},
): Promise<Findings> {
  await using store = await serveStore(settings)
  const asked = learnOptions(store)
  const client = new PoliteClient({ ...asked, signal: AbortSignal.timeout(100_000) })
  const { findings } = await observe({
    client,
    options: { ...QUICK, ...options },
    ours: asked.ours,
  })
  return findings
}

/** The heartbeat is measured, and the machine may be busy: any positive value is accepted. */
function comparable(knob: KnobName, value: unknown): unknown {
  return knob === 'heartbeatMs' ? Number(value) > 0 : value
}

describe('learn finds every setting of a store', () => {
  it('learn tests every setting, or gives the reason why it cannot', () => {
    const tested = KNOB_NAMES.filter((knob) => KNOBS[knob].hidden === undefined)
    expect(tested.toSorted()).toEqual(Object.keys(TURNS).toSorted())
    for (const knob of KNOB_NAMES) expect(KNOBS[knob].hidden ?? 'not hidden').toMatch(/\w \w/)
  })

  it('learn finds no difference in a store with the defaults', async () => {
    const findings = await findingsOf({})
    const defaults = readSettings([])
    const different = [...findings.settings].filter(
      ([knob, finding]) =>
        finding.kind === 'seen' && isDifferent(knob, defaults[knob], finding.value),
    )
    expect(different).toEqual([])
    const unseen = [...findings.settings].flatMap(([knob, { kind }]) =>
      kind === 'unseen' && KNOBS[knob].hidden === undefined ? [knob] : [],
    )
    // The store denies no log, and the probe listened too briefly for a heartbeat.
    expect(unseen.toSorted()).toEqual(['denyStatus', 'heartbeatMs'])
  })

  it.each(rounds)(
    'learn finds every setting of a store with all settings changed, round $round',
    async ({ knobs, settings, options }) => {
      const findings = await findingsOf(settings, options)
      const [found, turned] = [
        findings.value.bind(findings),
        (knob: KnobName) => settings[knob],
      ].map((valueOf) =>
        Object.fromEntries(knobs.map((knob) => [knob, comparable(knob, valueOf(knob))])),
      )
      expect(found).toEqual(turned)
    },
  )

  it.each(aloneRows)(
    'learn finds $knob of a store with $shown',
    async ({ knob, settings, options }) => {
      const findings = await findingsOf(settings, options)
      expect(comparable(knob, findings.value(knob))).toEqual(comparable(knob, settings[knob]))
    },
  )
})
