import { NS } from '../../atom/names.ts'
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
import { largestAccepted } from '../largest-accepted.ts'
import { TestItems } from '../test-items.ts'

const PATHS = serviceUrls('')
const MEBIBYTE = 1_048_576
/** Largest body that is sent. */
const MAX_BODY_BYTES = 4 * MEBIBYTE

/** Editing: creates, publishes, changes and deletes an item in the test section. */
export async function learnItems(context: Context): Promise<void> {
  const { findings, testSection } = context
  if (testSection === undefined) {
    findings.missed(
      [
        'putStatus',
        'deleteStatus',
        'missingMatchStatus',
        'titleField',
        'maxBodyBytes',
        'deletedStatus',
        'logPayload',
      ],
      'needs --write SECTION',
    )
    return
  }
  await using items = new TestItems(context, testSection.id)
  const type = await typeOf(context)
  const item = await items.create({ draft: 'yes', type })
  await learnDraft(context, items, item)
  await learnTitle(context, items, item, type)
  await learnPut(context, items, item, type)
  await learnPublication(context, items, item, type)
  await learnDelete(context, items, item)
  await learnRefusals(context, items)
  await learnBodies(context, items)
}

/** A content type of the publication, taken from one of its items. */
async function typeOf(context: Context): Promise<string> {
  const [log] = readableLogs(context)
  const [row] = log === undefined ? [] : entriesOf(log.page)
  const url = row === undefined ? undefined : linkOf(row, 'self')
  if (url === undefined) return 'story'
  const answer = await context.client.send(url)
  const payload = answer.status === 200 ? payloadOf(readDocument(url, answer)) : undefined
  return payload?.getAttribute('model') ?? 'story'
}

async function learnDraft(context: Context, items: TestItems, item: string): Promise<void> {
  const { client, findings, site, testSection } = context
  const draft = readDocument(item, await items.get(item))
  if (findings.value('entryUpdated') === undefined)
    findings.saw('entryUpdated', child(draft, NS.atom, 'updated') !== undefined)
  if (findings.value('logPayload') !== undefined || payloadOf(draft) === undefined) return
  const id = identifierOf(draft) ?? idAtEnd(item)
  const { id: publicationId } = site.publications.find(
    ({ name }) => name === testSection?.publicationName,
  ) ?? { id: 1 }
  const urls = [
    PATHS.changeLog('section', testSection?.id ?? 0),
    PATHS.changeLog('publication', publicationId),
  ]
  for (const url of urls) {
    const answer = await client.send(url)
    const page = answer.status === 200 ? entriesOf(readDocument(url, answer)) : []
    const row = page.find((entry) => identifierOf(entry) === id)
    if (row !== undefined) return findings.saw('logPayload', payloadOf(row) !== undefined)
  }
}

/** Which of two titles an item shows. Fields with other names are not tried. */
async function learnTitle(
  { findings }: Context,
  items: TestItems,
  item: string,
  type: string,
): Promise<void> {
  const titles = { title: 'In the entry', fieldTitle: 'In the field' }
  const put = await items.put(item, { draft: 'yes', type, ...titles }, 'current')
  const shown = textOf(readDocument(item, await items.get(item)), NS.atom, 'title')
  if (put.status < 300 && shown === titles.fieldTitle) findings.saw('titleField', 'title')
  else if (put.status < 300 && shown === titles.title) findings.saw('titleField', '')
  else findings.missed(['titleField'], `a PUT with two titles answers ${put.status}`)
}

async function learnPut(
  context: Context,
  items: TestItems,
  item: string,
  type: string,
): Promise<void> {
  const { findings } = context
  const stale = (await items.get(item)).headers.get('ETag') ?? '"stale"'
  const put = await items.put(item, { draft: 'yes', type, title: 'Changed' }, 'current')
  findings.saw('putStatus', put.status)
  const changed = await items.put(item, { draft: 'yes', type, title: 'Changed again' }, stale)
  findings.fixed.set('PUT with a stale ETag', `status ${changed.status}`)
  const missing = await items.put(item, { draft: 'yes', type })
  findings.saw('missingMatchStatus', missing.status)
}

async function learnPublication(
  context: Context,
  items: TestItems,
  item: string,
  type: string,
): Promise<void> {
  const { fixed } = context.findings
  await items.put(item, { draft: 'no', type }, 'current')
  const first = readDocument(item, await items.get(item))
  await items.put(item, { draft: 'no', type, title: 'Published again' }, 'current')
  const second = readDocument(item, await items.get(item))
  const stays = textOf(first, NS.atom, 'published') === textOf(second, NS.atom, 'published')
  fixed.set('published when published again', stays ? 'stays' : 'moves')
  await items.put(item, { draft: 'yes', type }, 'current')
  const draft = readDocument(item, await items.get(item))
  fixed.set('app:draft yes on a published item', `state ${stateOf(draft) ?? 'not named'}`)
}

async function learnDelete({ findings }: Context, items: TestItems, item: string): Promise<void> {
  findings.saw('deleteStatus', (await items.delete(item)).status)
  findings.saw('deletedStatus', (await items.get(item)).status)
  findings.fixed.set('DELETE of a deleted item', `status ${(await items.delete(item)).status}`)
}

async function learnRefusals({ findings: { fixed } }: Context, items: TestItems): Promise<void> {
  const entry = `<entry xmlns="${NS.atom}"><title>Test</title></entry>`
  const doctype = await items.post(`<!DOCTYPE entry>${entry}`)
  fixed.set('POST with a DOCTYPE', `status ${doctype.status}`)
  const unknown = `<vdf:payload xmlns:vdf="${NS.vdf}" model="no-such-type"/>`
  const typed = entry.replace(
    '<title>',
    `<content type="application/vnd.vizrt.payload+xml">${unknown}</content><title>`,
  )
  fixed.set(
    'content type that the publication does not have',
    `status ${(await items.post(typed)).status}`,
  )
}

/** Bodies that are only spaces: the store cannot create an item from them. */
async function learnBodies({ findings }: Context, items: TestItems): Promise<void> {
  const accepts = async (bytes: number): Promise<boolean> =>
    (await items.post(' '.repeat(bytes))).status !== 413
  const largest = await largestAccepted({
    guess: MEBIBYTE,
    min: 1024,
    max: MAX_BODY_BYTES,
    accepts,
  })
  if (largest === undefined || largest === MAX_BODY_BYTES)
    findings.missed(
      ['maxBodyBytes'],
      `bodies of ${MAX_BODY_BYTES} bytes are taken; larger ones are not tried`,
    )
  else findings.saw('maxBodyBytes', largest)
}
