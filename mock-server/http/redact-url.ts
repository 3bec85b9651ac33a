/** Replaces a secret. */
export const REDACTED = '***'

const SECRET_NAME =
  /token|secret|passw|pwd|auth|credential|session|signature|^sig$|jwt|ticket|api[-_.]?key|^key$|^code$|bearer/i
/** Longer than any value that the web service reads from a query; keys and tokens are long. */
const LONGEST_VALUE = 48

/**
 * A value that may be a URL, without a login in it. Everything up to the last `@` counts as one,
 * because a password may be written without escapes.
 */
export function withoutLogin(text: string): string {
  const [start, end] = [text.indexOf('://'), text.lastIndexOf('@')]
  if (start === -1 || end < start) return text
  return `${text.slice(0, start + 3)}${REDACTED}${text.slice(end)}`
}

/**
 * The target of a request without what could be a secret in it: a login before the host, and values
 * of the query whose name or length is that of a credential.
 */
export function redactUrl(target: string): string {
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  const shown = path.includes('@') ? path.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/]*@/i, '$1') : path
  if (mark === -1) return shown
  // Most requests with a query are polls.
  if (target.startsWith('count=', mark + 1) && !target.includes('&', mark)) {
    if (target.length - mark <= LONGEST_VALUE) return shown + target.slice(mark)
  }
  return `${shown}?${target
    .slice(mark + 1)
    .split('&')
    .map(redactParameter)
    .join('&')}`
}

function redactParameter(parameter: string): string {
  const equals = parameter.indexOf('=')
  const name = equals === -1 ? parameter : parameter.slice(0, equals)
  if (name.length > LONGEST_VALUE) return REDACTED
  if (equals === -1) return name
  const isSecret = SECRET_NAME.test(decoded(name)) || parameter.length - equals - 1 > LONGEST_VALUE
  return isSecret ? `${name}=${REDACTED}` : parameter
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
