import type { Subject } from '../content/changes/change.ts'
import type { ChangeLog } from '../content/changes/change-log.ts'
import type { LogRef } from '../content/changes/log-ref.ts'
import { logPath } from '../content/changes/log-ref.ts'
import type { Section } from '../content/site/section.ts'
import { MockServerError } from '../errors.ts'
import type { Settings } from '../knobs.ts'
import type { RouteDeps } from './route-deps.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { changeLogPath } from '../service-urls.ts'

/** A log and its URL for clients. */
export interface FoundLog {
  readonly log: ChangeLog
  /** As the stream announces it: with the number of a publication, not its name. */
  readonly logPath: string
  readonly subjects: Subject['kind']
  readonly title: string
}

/**
 * The log at `changelog/{kind}/{id}`. Throws `not-found`, `bad-request`, or the error of a denied
 * log.
 */
export function findLog(
  deps: Pick<RouteDeps, 'store' | 'settings'>,
  kind: string,
  id: string,
): FoundLog {
  const { store, settings } = deps
  const { site, logs } = store
  const found = (ref: LogRef, number: number, title: string): FoundLog => {
    assertReadable(settings, ref)
    const subjects = ref.scope === 'person' ? 'person' : 'item'
    return { log: logs.log(ref), logPath: changeLogPath(kind, number), subjects, title }
  }
  switch (kind) {
    case 'section': {
      const section = site.section(wholeNumber(id, 'section id'))
      // The domain has the access rights of its section.
      assertReadable(settings, { scope: 'domain', id: site.governingSection(section).id })
      return found(
        sectionLog(deps, section),
        section.id,
        `Change log for section '${section.name}'`,
      )
    }
    case 'publication': {
      // Both forms are in use: the name is current, the number is for older clients.
      const { id: number, name } =
        site.publicationNamed(id) ?? site.publication(wholeNumber(id, 'publication id or name'))
      return found(
        { scope: 'publication', id: number },
        number,
        `Change log for publication '${name}'`,
      )
    }
    case 'person': {
      const { id: number, name } = site.publication(wholeNumber(id, 'publication id'))
      return found(
        { scope: 'person', id: number },
        number,
        `Change log for persons in publication '${name}'`,
      )
    }
    case 'list': {
      const list = site.lists.get(wholeNumber(id, 'list id'))
      return found(
        { scope: 'list', id: list.id },
        list.id,
        `Change log for ${list.kind} '${list.name}'`,
      )
    }
  }
  throw new MockServerError(
    'not-found',
    `there is no kind of change log called "${kind}": publication, person, section, list`,
  )
}

/** Whether the user may read a log. Only such logs are listed. */
export function isReadable({ denyLogs }: Settings, ref: LogRef): boolean {
  const name = logPath(ref).split('/').slice(-2).join('/')
  return !denyLogs.includes(name)
}

/**
 * A section's log is that of its protection domain, unless the settings make an inheriting section
 * show only its own items.
 */
function sectionLog(
  { store, settings }: Pick<RouteDeps, 'store' | 'settings'>,
  section: Section,
): LogRef {
  if (section.inheritsAccess && settings.inheritingSectionLog === 'section')
    return { scope: 'section', id: section.id }
  return { scope: 'domain', id: store.site.governingSection(section).id }
}

function assertReadable(settings: Settings, ref: LogRef): void {
  if (isReadable(settings, ref)) return
  if (settings.denyStatus === 404)
    throw new MockServerError('not-found', `there is no ${logPath(ref)}`)
  throw new MockServerError('forbidden', `you may not read ${logPath(ref)}`)
}
