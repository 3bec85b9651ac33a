/** A request to the control API, below `/__mock`. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

/** The command that does the same in a shell. */
export function curlOf({ method, path, body }: Call, controlUrl: string): string {
  const parts = ['curl']
  if (method !== 'GET') parts.push('-X', method)
  parts.push(quoted(controlUrl.replace(/\/$/, '') + path))
  if (typeof body === 'string') parts.push('--data-binary', quoted(body))
  else if (body !== undefined) parts.push('-d', quoted(JSON.stringify(body)))
  return parts.join(' ')
}

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
