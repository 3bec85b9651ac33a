/** Hosts of names that are no addresses: namespaces, schemes and relations. */
const NAMES =
  /^https?:\/\/(?:www\.w3\.org|(?:www|xmlns|ns|commons)\.[\w.]*(?:escenic|vizrt)\.com|purl\.org|a9\.com)\//
/**
 * What the store names and does not serve: pages of the web site, the older web service, lines of a
 * history, the model of live entries.
 */
const NOT_SERVED =
  /^\/(?!webservice|live-center|newsgate|__mock)|^\/webservice\/content\/|\/log\/\d+$|\/model\/entry$/
const MAX_DOCUMENTS = 2_000

export interface Crawl {
  /** Paths below the base that were read. */
  readonly read: readonly string[]
  /** URLs that do not begin with the base, each with the document that has it. */
  readonly outside: readonly string[]
  /** URLs that were not answered by 200. */
  readonly broken: readonly string[]
}

/**
 * Reads the documents at `starts`, paths below `base`, and every document that they lead to. `at`
 * is where `base` is served.
 */
export async function crawl(
  base: string,
  starts: readonly string[],
  at: string = base,
): Promise<Crawl> {
  const read = new Set<string>()
  const outside: string[] = []
  const broken: string[] = []
  const queue = [...starts]
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    if (read.has(path)) continue
    if (read.size >= MAX_DOCUMENTS) throw new Error(`more than ${MAX_DOCUMENTS} documents`)
    read.add(path)
    const { status, text } = await readDocument(base, at, path)
    if (status !== 200) broken.push(`${status} ${path}`)
    for (const url of urlsIn(text)) {
      if (!url.startsWith(`${base}/`)) outside.push(`${url} in ${path}`)
      else if (!NOT_SERVED.test(url.slice(base.length))) queue.push(url.slice(base.length))
    }
  }
  return { read: [...read], outside, broken }
}

async function readDocument(base: string, at: string, path: string) {
  const { host, protocol } = new URL(base)
  const response = await fetch(at + path, {
    headers: {
      authorization: `Basic ${btoa('user:password')}`,
      'x-forwarded-host': host,
      'x-forwarded-proto': protocol.slice(0, -1),
    },
  })
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  if (!isStream) return { status: response.status, text: await response.text() }
  await response.body?.cancel()
  return { status: response.status, text: '' }
}

/** Absolute URLs that are addresses, and paths where a URL is expected. */
export function urlsIn(text: string): readonly string[] {
  const absolute = text.match(/https?:\/\/[^\s"'<>\\]+/g) ?? []
  const paths = text.match(/(?<=["'>])\/[^\s"'<>\\]+/g) ?? []
  return [
    ...absolute.filter((url) => !NAMES.test(url)),
    ...paths.filter((path) => path !== '/>'),
  ].map((url) => url.replaceAll('&amp;', '&'))
}
