/** Names one change log. Section logs and the log of the protection domain that a section governs share a URL. */
export interface LogRef {
  readonly kind: 'publication' | 'section' | 'person'
  /** Publication id for `publication` and `person`, section id for `section`. */
  readonly id: number
}

/** Why a log got a row: the publication that holds the item, a section it is in, or the section that governs that one. */
export type LogScope = 'publication' | 'section' | 'domain' | 'person'

/** A log that one change moved something in. */
export interface ChangedLog extends LogRef {
  readonly scope: LogScope
}

/** Path of a log's bare URL, e.g. `/webservice/escenic/changelog/section/12`. [protocol §1.2] */
export function logPath(log: LogRef): string {
  return `/webservice/escenic/changelog/${log.kind}/${log.id}`
}
