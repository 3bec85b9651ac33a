import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'

const ANSWER_MS = 5_000

/**
 * Why a proxy is not healthy; undefined when it is. Asks the admin port at `adminUrl`: whether the
 * process answers, or with `isReady` whether all back ends are connected. [protocol §6.1, §6.2]
 */
export async function askHealth(adminUrl: URL, isReady: boolean): Promise<string | undefined> {
  const page = new URL(isReady ? '/healthcheck' : '/ping', adminUrl)
  const shown = page.origin + page.pathname
  try {
    const status = await statusOf(page)
    return status === 200 ? undefined : `${shown}: expected 200, got ${status}`
  } catch (error) {
    return `${shown}: no answer: ${reasonOf(error)}`
  }
}

/** By `node:http`, because `fetch` refuses some ports, such as 10080. */
async function statusOf(page: URL): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    const get = page.protocol === 'https:' ? getSecure : getPlain
    const options = { agent: false, signal: AbortSignal.timeout(ANSWER_MS) }
    const request = get(page, options, (response) => {
      resolve(response.statusCode)
      request.destroy()
    })
    request.on('error', reject)
  })
}

function reasonOf(error: unknown): string {
  // Node names each address of a host that has several.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
