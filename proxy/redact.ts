/** Replaces a secret. */
const HIDDEN = '***'

const WEB_URL = /\b(?:https?|rediss?):\/\/[^\s"'<>]*/gi
const QUERY_VALUE = /([?&][^\s"'<>?&=#]+)=[^\s"'<>&#]+/g
const SECRET_FIELD = /\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?[ \t]*[:=])[^\r\n]+/gi
const LOGIN = /\b(Basic|Bearer) [\w.~+/=-]{4,}/g

/**
 * Removes the secrets of URLs and header fields from a text: user info, query values, Authorization
 * and cookies. For foreign text, such as messages of Node and of back ends. Takes linear time.
 */
export function redact(text: string): string {
  return text
    .replace(WEB_URL, redactUrl)
    .replace(QUERY_VALUE, `$1=${HIDDEN}`)
    .replace(SECRET_FIELD, `$1$2 ${HIDDEN}`)
    .replace(LOGIN, `$1 ${HIDDEN}`)
}

/**
 * Redacts every string in a value. An `Error` becomes an object with name, message, stack and
 * cause.
 */
export function redactDeep(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEEPEST) return HIDDEN
  if (value instanceof Error) {
    const { name, message, stack, cause } = value
    return redactDeep({ name, message, stack, ...(cause === undefined ? {} : { cause }) }, depth)
  }
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, depth + 1))
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [key, redactDeep(item, depth + 1)]))
}

const DEEPEST = 5

/**
 * Names of back ends for health, metrics and log: redacted URLs, with a number if two are the same.
 */
export function backEndNames(urls: readonly URL[]): readonly string[] {
  const seen = new Map<string, number>()
  return urls.map((url) => {
    const name = redact(url.href)
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name} (${count})`
  })
}

function redactUrl(url: string): string {
  const start = url.indexOf('//') + 2
  const rest = url.slice(start)
  const end = rest.search(/[/?#\\]/)
  const authority = end === -1 ? rest : rest.slice(0, end)
  const path = rest.slice(authority.length)
  const at = authority.lastIndexOf('@')
  const host = at === -1 ? authority : `${HIDDEN}@${authority.slice(at + 1)}`
  return url.slice(0, start) + host + redactQuery(path)
}

/** Keeps the names of a query. A query that is a single word may be a secret. */
function redactQuery(path: string): string {
  const start = path.indexOf('?') + 1
  if (start === 0) return path
  const [query = '', ...fragment] = path.slice(start).split('#')
  const shown = query.split('&').map((pair) => {
    if (pair === '') return ''
    const equals = pair.indexOf('=')
    return equals === -1 ? HIDDEN : `${pair.slice(0, equals)}=${HIDDEN}`
  })
  return path.slice(0, start) + shown.join('&') + (fragment.length === 0 ? '' : `#${HIDDEN}`)
}
