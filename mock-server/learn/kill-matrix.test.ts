import { describe, expect, it } from 'vitest'

import type { KnobName, Settings } from '../knobs.ts'
import { KNOB_NAMES } from '../knobs.ts'
import { readSettings } from '../settings.ts'
import { learnOptions, QUICK } from '../testing/learn-store.ts'
import { serveStore } from '../testing/serve-store.ts'
import type { ProbeOptions } from './context.ts'
import type { Findings } from './finding.ts'
import { HIDDEN_SETTINGS } from './hidden-settings.ts'
import { isDifferent } from './learn.ts'
import { observe } from './observe.ts'
import { PoliteClient } from './polite-client.ts'

interface Turn {
  readonly settings: Partial<Settings>
  readonly options?: Partial<ProbeOptions> | undefined
}

/** Each setting turned from its default, with what it needs to be seen. */
const TURNS: Readonly<Partial<Record<KnobName, readonly Turn[]>>> = {
  publicUrl: [{ settings: { publicUrl: 'https://cs.example.com/ece' } }],
  acceptAnyLogin: [{ settings: { acceptAnyLogin: true } }],
  maxBodyBytes: [{ settings: { maxBodyBytes: 2345 } }, { settings: { maxBodyBytes: 1_234_567 } }],
  // No event about an item comes of the last one.
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
  putStatus: [{ settings: { putStatus: 200 } }],
  deleteStatus: [{ settings: { deleteStatus: 204 } }],
}

const rows = KNOB_NAMES.flatMap((knob) =>
  (TURNS[knob] ?? []).map((turn) => ({ knob, ...turn, shown: JSON.stringify(turn.settings) })),
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

describe('learn finds every setting of a store', () => {
  it('learn knows every setting, or says why it cannot be seen from outside', () => {
    const known = [...Object.keys(TURNS), ...Object.keys(HIDDEN_SETTINGS)]
    expect(known.toSorted()).toEqual(KNOB_NAMES.toSorted())
    for (const reason of Object.values(HIDDEN_SETTINGS)) expect(reason).toMatch(/\w \w/)
  })

  it('learn finds no difference at a store with the defaults', async () => {
    const findings = await findingsOf({})
    const defaults = readSettings([])
    const different = [...findings.settings].filter(
      ([knob, finding]) =>
        finding.kind === 'seen' && isDifferent(knob, defaults[knob], finding.value),
    )
    expect(different).toEqual([])
    const unseen = [...findings.settings].flatMap(([knob, { kind }]) =>
      kind === 'unseen' && HIDDEN_SETTINGS[knob] === undefined ? [knob] : [],
    )
    // There is no denied log, and the stream was not listened to for long.
    expect(unseen.toSorted()).toEqual(['denyStatus', 'heartbeatMs'])
  })

  it.each(rows)('learn finds $knob at a store with $shown', async ({ knob, settings, options }) => {
    const finding = (await findingsOf(settings, options)).settings.get(knob)
    const value = finding?.kind === 'seen' ? finding.value : finding
    // Its time is measured, on a machine that may be busy.
    const isMeasured = knob === 'heartbeatMs' && Number(value) > 0
    expect(isMeasured ? settings.heartbeatMs : value).toEqual(settings[knob])
  })
})
