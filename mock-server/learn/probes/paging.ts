import { entriesOf, countOf, idAtEnd, linkOf, readDocument } from '../atom-document.ts'
import type { Context } from '../context.ts'
import { readableLogs } from '../context.ts'
import { largestAccepted } from '../largest-accepted.ts'

const MAX_COUNT = 10_000

/** How logs are divided into pages. */
export async function learnPaging(context: Context): Promise<void> {
  const { client, findings } = context
  const [log] = readableLogs(context).toSorted(
    (a, b) => entriesOf(b.page).length - entriesOf(a.page).length,
  )
  if (log === undefined)
    return findings.missed(['defaultCount', 'maxCount'], 'this login may read no log')

  const count = countOf(linkOf(log.page, 'previous')) ?? countOf(linkOf(log.page, 'next'))
  if (count === undefined) findings.missed(['defaultCount'], 'the paging links name no count')
  else findings.saw('defaultCount', count)

  const newest = idAtEnd(linkOf(log.page, 'previous')) ?? 0
  // Above the newest row every page is empty, for any count.
  const accepts = async (tried: number): Promise<boolean> => {
    const url = `${log.url}/after/${newest}?count=${tried}`
    const answer = await client.send(url)
    if (answer.status !== 200) return false
    return (countOf(linkOf(readDocument(url, answer), 'previous')) ?? tried) === tried
  }
  const largest = await largestAccepted({ guess: 100, min: 1, max: MAX_COUNT, accepts })
  if (largest === undefined) findings.missed(['maxCount'], 'pages with a count are refused')
  else findings.saw('maxCount', largest)
  await learnFixed(context, log.url, newest)
}

async function learnFixed(
  { client, findings: { fixed } }: Context,
  logUrl: string,
  newest: number,
): Promise<void> {
  const ask = async (end: string) => client.send(logUrl + end)
  fixed.set('id of a page that is no number', `status ${(await ask('/after/x')).status}`)
  fixed.set('count that is no number', `status ${(await ask('?count=x')).status}`)

  const future = await ask(`/after/${newest + 1_000_000}`)
  const rows = future.status === 200 ? entriesOf(readDocument(logUrl, future)).length : undefined
  const shown = rows === undefined ? `status ${future.status}` : rows === 0 ? 'no rows' : 'rows'
  fixed.set('after/N, N in the future', shown)

  const oldest = await ask('/before/1?count=1')
  if (oldest.status === 200)
    fixed.set(
      'next where nothing is older',
      linkOf(readDocument(logUrl, oldest), 'next') === undefined ? 'absent' : 'present',
    )

  const ids = await newestIds(logUrl, 3, ask)
  const [first, second, third] = ids
  if (first === undefined || second === undefined || third === undefined) return
  const above = readDocument(logUrl, await ask(`/after/${third}?count=1`))
  const top = idAtEnd(linkOf(above, 'previous'))
  fixed.set(
    'after/N with more rows than count',
    top === second ? 'the oldest' : top === first ? 'the newest' : 'others',
  )
}

/** Change ids of the newest rows. A page with one row has its change id in `next`. */
async function newestIds(
  logUrl: string,
  count: number,
  ask: (end: string) => Promise<{ status: number; headers: Headers; text: string }>,
): Promise<readonly number[]> {
  const ids: number[] = []
  for (let end = '?count=1'; ids.length < count; end = `/before/${ids.at(-1)}?count=1`) {
    const answer = await ask(end)
    const page = answer.status === 200 ? readDocument(logUrl, answer) : undefined
    const id = page && entriesOf(page).length === 1 ? idAtEnd(linkOf(page, 'next')) : undefined
    if (id === undefined) break
    ids.push(id)
  }
  return ids
}
