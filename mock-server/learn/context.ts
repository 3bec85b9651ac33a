import type { Settings } from '../knobs.ts'
import type { Findings } from './finding.ts'
import type { PoliteClient } from './polite-client.ts'
import type { SiteSurvey, SurveyedLog, SurveyedSection } from './site-survey.ts'

/** Limits and options of the probes. */
export interface ProbeOptions {
  /**
   * The section in which items may be created, changed and deleted; undefined: nothing is written.
   */
  readonly writeSectionId?: number | undefined
  /** Largest number of sections to read. */
  readonly maxSections: number
  /** How long to listen to the event stream. */
  readonly listenMs: number
  /** How long to wait for the events of one change. */
  readonly eventMs: number
  /** Origins of web pages to try. */
  readonly corsOrigins: readonly string[]
}

/** Everything that a probe needs. */
export interface Context {
  readonly client: PoliteClient
  readonly options: ProbeOptions
  readonly site: SiteSurvey
  readonly findings: Findings
  /** The mock's settings: the fallback where the store gives no answer. */
  readonly ours: Settings
  readonly testSection: SurveyedSection | undefined
  /** Called with the name of each step. */
  readonly onStep: (what: string) => void
}

/** Logs that the user may read. Logs of sections come first, because they have the most rows. */
export function readableLogs({
  site,
}: Context): readonly (SurveyedLog & { readonly page: NonNullable<SurveyedLog['page']> })[] {
  const readable = site.logs.flatMap((log) =>
    log.page === undefined ? [] : [{ ...log, page: log.page }],
  )
  return readable.toSorted((a, b) => Number(b.kind === 'section') - Number(a.kind === 'section'))
}
