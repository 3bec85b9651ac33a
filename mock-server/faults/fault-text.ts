/** Parameters whose values are texts, even if they look like numbers. */
const TEXTS = new Set([
  'name',
  'body',
  'contentType',
  'path',
  'log',
  'user',
  'client',
  'host',
  'mode',
])

/**
 * The faults of `--fault name=slow,kind=latency,ms=500,scope=feed`; each begins with its name. A dot
 * reaches into a parameter: `window.forMs=500`. Anything else is returned as it is.
 */
export function readFaultText(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const faults: Record<string, unknown>[] = []
  for (const part of value.split(',')) {
    const equals = part.indexOf('=')
    const key = part.slice(0, Math.max(equals, 0)).trim()
    if (key === 'name') faults.push({})
    const fault = faults.at(-1)
    if (key === '' || fault === undefined) return value
    put(fault, key.split('.', 2), part.slice(equals + 1).trim())
  }
  return faults
}

function put(
  fault: Record<string, unknown>,
  [key = '', inner]: readonly string[],
  text: string,
): void {
  if (inner === undefined) fault[key] = TEXTS.has(key) ? text : valueOf(text)
  else fault[key] = { ...Object(fault[key]), [inner]: valueOf(text) }
}

function valueOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}
