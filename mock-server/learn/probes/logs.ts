import type { Element } from '@xmldom/xmldom'

import { MEDIA, NS, REL } from '../../atom/names.ts'
import { child } from '../../atom/parse-xml.ts'
import { serviceUrls } from '../../service-urls.ts'
import {
  entriesOf,
  identifierOf,
  idAtEnd,
  linkOf,
  payloadOf,
  readDocument,
  stateOf,
  textOf,
} from '../atom-document.ts'
import type { Context } from '../context.ts'
import { readableLogs } from '../context.ts'
import { governingSection } from '../site-survey.ts'

const PATHS = serviceUrls('')
/** Largest number of items to request, because a log shows too little of them. */
const MAX_ITEMS = 5

/** The elements of change logs, and the targets of their links. */
export async function learnLogs(context: Context): Promise<void> {
  const { findings } = context
  learnLinks(context)
  learnSectionModel(context)
  const [log] = readableLogs(context)
  if (log === undefined) {
    findings.missed(['feedTitle', 'logEtags'], 'this login may read no log')
  } else {
    findings.saw('feedTitle', child(log.page, NS.atom, 'title') !== undefined)
    findings.saw('logEtags', log.headers.has('ETag'))
  }
  await learnDates(context)
  await learnPayload(context)
  await learnDeleted(context)
  learnInheriting(context)
}

function learnLinks(context: Context): void {
  const { client, site, findings } = context
  findings.saw('publicUrl', site.linkBase === client.baseUrl ? '' : site.linkBase)
  const hrefs = readableLogs(context).map(({ page }) =>
    linkOf(page, REL.changelog, MEDIA.eventStream),
  )
  const advertised = hrefs.find((href) => href !== undefined)
  if (advertised === undefined) findings.missed(['sseEndpoint'], 'no log links to an event stream')
  else
    findings.saw('sseEndpoint', advertised === site.linkBase + PATHS.eventStream ? '' : advertised)
}

/** Other URLs of models are points that no setting changes. */
function learnSectionModel({ site, findings }: Context): void {
  const form = site.sections.find(({ modelParent }) => modelParent !== undefined)?.modelParent
  if (form === 'model') findings.saw('sectionModel', 'plain')
  else if (form === 'content-type') findings.saw('sectionModel', 'content-type')
  else
    findings.missed(
      ['sectionModel'],
      `its sections name ${form === undefined ? 'no model' : 'models elsewhere'}`,
    )
}

async function learnDates(context: Context): Promise<void> {
  const { client, findings } = context
  const answer = await client.send(PATHS.changeLogs)
  const listed = answer.status === 200 ? entriesOf(readDocument(PATHS.changeLogs, answer)) : []
  const undated = [
    ...listed,
    ...rows(context).filter((entry) => textOf(entry, NS.atom, 'published') === undefined),
  ]
  const [entry] = undated
  if (entry === undefined)
    findings.missed(['entryUpdated'], 'no log is listed, and every item was published')
  else findings.saw('entryUpdated', child(entry, NS.atom, 'updated') !== undefined)
}

async function learnPayload(context: Context): Promise<void> {
  const { client, findings } = context
  for (const entry of rows(context).slice(0, MAX_ITEMS)) {
    const url = linkOf(entry, 'self') ?? ''
    if (payloadOf(entry) !== undefined) return findings.saw('logPayload', true)
    const answer = await client.send(url)
    if (answer.status === 200 && payloadOf(readDocument(url, answer)) !== undefined)
      return findings.saw('logPayload', false)
  }
  findings.missed(['logPayload'], `none of the newest items has a payload`)
}

async function learnDeleted(context: Context): Promise<void> {
  const { client, findings } = context
  const entry = rows(context).find((row) => stateOf(row) === 'deleted')
  if (entry === undefined) return findings.missed(['deletedStatus'], 'no log shows a deleted item')
  const { status } = await client.send(linkOf(entry, 'self') ?? '')
  findings.saw('deletedStatus', status)
}

/**
 * Compares the log of a section that inherits its access with the log of the section that governs
 * it.
 */
function learnInheriting({ site, findings }: Context): void {
  for (const section of site.sections.filter(({ inheritsAccess }) => inheritsAccess)) {
    const governing = governingSection(site.sections, section)
    const [own, domain] = [section, governing].map(
      ({ id }) => site.logs.find((log) => log.kind === 'section' && log.id === id)?.page,
    )
    if (own === undefined || domain === undefined) continue
    const strangers = entriesOf(domain).filter(
      (entry) => idAtEnd(linkOf(entry, REL.homeSection)) !== section.id,
    )
    if (strangers.length === 0) continue
    const ids = new Set(entriesOf(own).map(identifierOf))
    const isDomain = strangers.every((entry) => ids.has(identifierOf(entry)))
    findings.saw(
      'inheritingSectionLog',
      isDomain ? 'domain' : 'section',
      `compared the logs of section ${section.id} and ${governing.id}`,
    )
    return
  }
  findings.missed(
    ['inheritingSectionLog'],
    'no section inherits its access from one with other items',
  )
}

/** Entries of items in the newest pages of all logs. */
function rows(context: Context): readonly Element[] {
  return readableLogs(context)
    .filter(({ kind }) => kind !== 'person')
    .flatMap(({ page }) => entriesOf(page))
}
