import { MockServerError } from '../errors.ts'
import type { KnobName, Settings } from '../knobs.ts'
import { KNOB_NAMES, KNOBS } from '../knobs.ts'
import type { Context, ProbeOptions } from './context.ts'
import { Findings } from './finding.ts'
import type { PoliteClient } from './polite-client.ts'
import { learnAccess } from './probes/access.ts'
import { learnItems } from './probes/items.ts'
import { learnLogs } from './probes/logs.ts'
import { learnPaging } from './probes/paging.ts'
import { learnStream } from './probes/stream.ts'
import type { SiteSurvey, SurveyedSection } from './site-survey.ts'
import { surveySite } from './site-survey.ts'

const PROBES = {
  'login and rights': learnAccess,
  'change logs': learnLogs,
  paging: learnPaging,
  'content items': learnItems,
  'event stream': learnStream,
} as const satisfies Readonly<Record<string, (context: Context) => Promise<void>>>

export interface Observation {
  readonly site: SiteSurvey
  readonly findings: Findings
}

export interface ObserveDeps {
  readonly client: PoliteClient
  readonly options: ProbeOptions
  /** The mock's settings: the fallback where the store gives no answer. */
  readonly ours: Settings
  /** Called with the name of the next step. */
  readonly onStep?: ((what: string) => void) | undefined
}

/**
 * Runs all probes. If a part of the store gives an unreadable answer, only the points of that part
 * are missing. Throws `unreachable` when the store does not answer at all, `unauthorized`,
 * `timed-out`.
 */
export async function observe({
  client,
  options,
  ours,
  onStep = () => {},
}: ObserveDeps): Promise<Observation> {
  onStep('sections and logs')
  const site = await surveySite(client, options.maxSections)
  const findings = new Findings()
  const testSection = testSectionOf(site, options.writeSectionId)
  const context = { client, options, site, findings, testSection, ours, onStep }
  for (const [name, probe] of Object.entries(PROBES)) {
    onStep(name)
    await contain(name, findings, () => probe(context))
  }
  dropImpossible(findings)
  for (const knob of KNOB_NAMES) {
    if (!findings.settings.has(knob))
      findings.missed([knob], KNOBS[knob].hidden ?? 'the questions before it were not answered')
  }
  return { site, findings }
}

function testSectionOf(
  { sections }: SiteSurvey,
  id: number | undefined,
): SurveyedSection | undefined {
  if (id === undefined) return undefined
  const section = sections.find((each) => each.id === id)
  if (section !== undefined) return section
  const seen = sections.map((each) => each.id).join(', ')
  throw new MockServerError(
    'bad-config',
    `--write: there is no section ${id} among those that were seen: ${seen}`,
  )
}

async function contain(name: string, findings: Findings, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof MockServerError) || error.code === 'timed-out') throw error
    findings.fixed.set(name, `not learned: ${error.message}`)
  }
}

/** Drops values that a setting cannot have, and values that contradict each other. */
function dropImpossible(findings: Findings): void {
  const [least, most] = [findings.value('defaultCount'), findings.value('maxCount')]
  if (Number(least) > Number(most))
    findings.settings.set('maxCount', {
      kind: 'unseen',
      reason: `it is ${String(most)}, less than a page without count has`,
    })
  for (const [knob, finding] of findings.settings) {
    if (finding.kind === 'unseen' || isValue(knob, finding.value)) continue
    const shown = JSON.stringify(finding.value)
    findings.settings.set(knob, {
      kind: 'unseen',
      reason: `it is ${shown}, and the mock knows ${KNOBS[knob].expects}`,
    })
  }
}

function isValue(knob: KnobName, value: unknown): boolean {
  return KNOBS[knob].schema.safeParse(value).success
}
