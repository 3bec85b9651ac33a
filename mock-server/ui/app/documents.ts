import { CONTROL_URL, STORE_URL } from './api.ts'
import { update } from './app.ts'

const MAX_KEPT = 20

const texts = new Map<string, string>()

/**
 * A document of the web service as clients get it, read once for each `version`. The journal does
 * not record it. A text until it has come.
 */
export function documentOf(path: string, version: number): string {
  const key = `${version} ${path}`
  const known = texts.get(key)
  if (known !== undefined) return known
  texts.set(key, 'Reading …')
  for (const oldest of texts.keys()) {
    if (texts.size <= MAX_KEPT) break
    texts.delete(oldest)
  }
  void readDocument(path).then((text) => update(() => texts.set(key, text)))
  return 'Reading …'
}

/** What a document of the web service says, or why it cannot be read. */
async function readDocument(path: string): Promise<string> {
  try {
    const response = await fetch(`${CONTROL_URL}documents/${path.replace(/^\/+/, '')}`)
    return `${response.ok ? '' : `HTTP ${response.status}\n`}${await response.text()}`
  } catch (error) {
    return String(error)
  }
}

/** The path of a link to a document, from the root of the store. Undefined for anything else. */
export function pathOfLink(href: string): string | undefined {
  if (!URL.canParse(href, STORE_URL)) return undefined
  const { pathname, search } = new URL(href, STORE_URL)
  const at = pathname.indexOf('/webservice/')
  if (at === -1 || pathname.endsWith('/sse')) return undefined
  return pathname.slice(at + 1) + search
}
