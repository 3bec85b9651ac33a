import type { Settings } from '../knobs.ts'
import type { Findings } from './finding.ts'
import type { PoliteClient } from './polite-client.ts'
import type { SiteSurvey, SurveyedLog, SurveyedSection } from './site-survey.ts'

/** How far `learn` may go. */
export interface ProbeOptions {
  /** The section in which items may be made, changed and deleted; undefined: nothing is written. */
  readonly writeSectionId?: number | undefined
  /** Sections that are looked at. */
  readonly maxSections: number
  /** How long the event stream is listened to. */
  readonly listenMs: number
  /** How long the events of one change may take to come. */
  readonly eventMs: number
  /** Origins of pages that may use the store. */
  readonly corsOrigins: readonly string[]
}

/** What every probe works with. */
export interface Context {
  readonly client: PoliteClient
  readonly options: ProbeOptions
  readonly site: SiteSurvey
  readonly findings: Findings
  /** What stays where the store gives no answer. */
  readonly ours: Settings
  readonly testSection: SurveyedSection | undefined
  /** Called with what is under way. */
  readonly onStep: (what: string) => void
}

/** Logs that the user may read, those of sections first: they have the most rows. */
export function readableLogs({
  site,
}: Context): readonly (SurveyedLog & { readonly page: NonNullable<SurveyedLog['page']> })[] {
  const readable = site.logs.flatMap((log) =>
    log.page === undefined ? [] : [{ ...log, page: log.page }],
  )
  return readable.toSorted((a, b) => Number(b.kind === 'section') - Number(a.kind === 'section'))
}
