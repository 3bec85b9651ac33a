import { CHANGE_LOGS, changeLogPath } from '../../service-urls.ts'

/** The kinds of logs. */
export type LogScope =
  /** The publication that holds the item. */
  | 'publication'
  /** A section that the item is in: its own items alone. */
  | 'section'
  /** The protection domain of that section, named by the section that governs it. */
  | 'domain'
  /** The persons of a publication. */
  | 'person'
  /** A list that the item is in. */
  | 'list'

/**
 * Names one log. `id` is the publication's for `publication` and `person`, else the section's or
 * the list's.
 */
export interface LogRef {
  readonly scope: LogScope
  readonly id: number
}

/**
 * Path of a log's bare URL, e.g. `/webservice/escenic/changelog/section/12`. A section and the
 * domain that it governs share one path. A setting selects which of them it shows. [protocol §1.2]
 */
export function logPath({ scope, id }: LogRef): string {
  return changeLogPath(scope === 'domain' ? 'section' : scope, id)
}

/** What follows `changelog/` in the path of a log: `section/12`. */
export function logName(path: string): string {
  return path.slice(CHANGE_LOGS.length)
}
