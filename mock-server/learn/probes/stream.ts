import type { Settings } from '../../knobs.ts'
import { serviceUrls } from '../../service-urls.ts'
import { pathOf } from '../polite-client.ts'
import type { Context } from '../context.ts'
import type { HeardEvent } from '../stream-recorder.ts'
import { StreamRecorder, heartbeatMs } from '../stream-recorder.ts'
import type { SurveyedSection } from '../site-survey.ts'
import { governingSection } from '../site-survey.ts'
import { TestItems } from '../test-items.ts'

type Announced = Settings['announce'][number]

const STREAM = serviceUrls('').eventStream
/** Number of comments that are needed to measure the heartbeat. */
const ENOUGH_COMMENTS = 5

/** What the event stream sends. Opens one stream at a time. */
export async function learnStream(context: Context): Promise<void> {
  const { testSection } = context
  await using items = testSection && new TestItems(context, testSection.id)
  const item = await items?.create({ draft: 'yes' })
  const change = async (title: string): Promise<void> => {
    if (item !== undefined) await items?.put(item, { draft: 'yes', title }, 'current')
  }
  const events = await listen(context, change)
  await learnReplay(context, events, change)
}

async function listen(
  context: Context,
  change: (title: string) => Promise<void>,
): Promise<readonly HeardEvent[]> {
  const { client, findings, options, testSection } = context
  await using stream = await StreamRecorder.open(client, STREAM)
  findings.fixed.set('Content-Type of the event stream', stream.contentType)
  if (testSection !== undefined) await learnAnnounced(context, stream, testSection, change)
  await stream.until(() => stream.commentTimes.length >= ENOUGH_COMMENTS, options.listenMs)
  learnHeartbeat(context, stream)
  const { events, commentTimes, retryMs } = stream
  const isSure = events.length + commentTimes.length > 0
  if (isSure || retryMs !== undefined) findings.saw('retryMs', retryMs ?? 0)
  else if (options.listenMs > 0)
    findings.saw('retryMs', 0, `nothing came within ${options.listenMs} ms`)
  else findings.missed(['retryMs'], 'nothing came on the stream; listen longer with --listen')
  if (events.length > 0)
    findings.saw(
      'ids',
      events.some(({ id }) => id !== undefined),
    )
  const needs = testSection === undefined ? '; needs --write SECTION' : ''
  findings.missed(['ids'], `no event came${needs}`)
  findings.missed(['announce'], `needs --write SECTION`)
  return [...events]
}

function learnHeartbeat({ findings, options }: Context, { commentTimes }: StreamRecorder): void {
  const interval = heartbeatMs(commentTimes)
  if (interval !== undefined) findings.saw('heartbeatMs', interval, 'measured')
  else if (commentTimes.length === 0 && options.listenMs > 0)
    findings.saw('heartbeatMs', 0, `no comment within ${options.listenMs} ms`)
  else findings.missed(['heartbeatMs'], 'too few comments came; listen longer with --listen')
}

/**
 * Changes an item twice. Each change causes the same events in the same order, so a second event
 * like the first one shows that the first change is complete.
 */
async function learnAnnounced(
  context: Context,
  stream: StreamRecorder,
  section: SurveyedSection,
  change: (title: string) => Promise<void>,
): Promise<void> {
  const { findings, options } = context
  await change('First')
  const hasCome = await stream.until(() => stream.events.length > 0, options.eventMs)
  const [first] = stream.events
  const isAgain = (): boolean => stream.events.filter(({ data }) => data === first?.data).length > 1
  if (hasCome) {
    await change('Second')
    await stream.until(isAgain, options.eventMs)
  }
  const paths = stream.events.map(({ data }) => pathOf(data))
  const note = hasCome
    ? 'persons and lists as before: learn changes none'
    : `no event within ${options.eventMs} ms`
  findings.saw('announce', announced(context, section, paths), note)
}

/**
 * Reconnects with the id of the first event, and changes the item once more: the new event ends the
 * replay.
 */
async function learnReplay(
  { client, findings, options, testSection }: Context,
  events: readonly HeardEvent[],
  change: (title: string) => Promise<void>,
): Promise<void> {
  const ids = events.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const [first] = ids
  if (first === undefined) {
    if (events.length > 0) findings.saw('replay', false, 'events have no id')
    else findings.missed(['replay'], 'no event came')
    return
  }
  if (testSection === undefined) return findings.missed(['replay'], 'needs --write SECTION')
  await using stream = await StreamRecorder.open(client, STREAM, first)
  await change('Third')
  const isNew = ({ id }: HeardEvent): boolean => id !== undefined && !ids.includes(id)
  if (await stream.until(() => stream.events.some(isNew), options.eventMs))
    findings.saw(
      'replay',
      stream.events.some(({ id }) => id !== undefined && ids.includes(id)),
    )
  else findings.missed(['replay'], 'no event came on the second stream')
}

/**
 * Kinds of logs that are announced, from the paths of received events. Kinds that cannot be tested
 * keep our setting.
 */
function announced(
  { site, ours }: Context,
  section: SurveyedSection,
  paths: readonly string[],
): readonly Announced[] {
  const governing = governingSection(site.sections, section)
  const publication = site.publications.find(({ name }) => name === section.publicationName)
  const came = (kind: string, id: number | string | undefined): boolean =>
    id !== undefined && paths.includes(serviceUrls('').changeLog(kind, id))
  const found: Announced[] = []
  if (came('publication', publication?.id) || came('publication', publication?.name))
    found.push('publication')
  if (came('section', section.id)) found.push('section')
  if (governing.id !== section.id && came('section', governing.id)) found.push('domain')
  else if (governing.id === section.id && ours.announce.includes('domain')) found.push('domain')
  for (const kind of ['person', 'list'] as const) {
    if (paths.some((path) => path.includes(`/changelog/${kind}/`)) || ours.announce.includes(kind))
      found.push(kind)
  }
  return found
}
