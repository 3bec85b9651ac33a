import { get as getPlain, type IncomingMessage } from 'node:http'
import { get as getSecure } from 'node:https'

import type { AdminAddress } from './admin-address.ts'

const ANSWER_MS = 5_000

/**
 * Why a proxy is not healthy; undefined when it is. Asks the admin port: whether the
 * process answers, or with `isReady` whether all back ends are connected. [protocol §6.1, §6.2]
 */
export async function askHealth(
  admin: AdminAddress,
  isReady: boolean,
): Promise<string | undefined> {
  const path = isReady ? '/healthcheck' : '/ping'
  const shown = admin instanceof URL ? admin.origin + path : `unix:${admin.socketPath} ${path}`
  try {
    const status = await statusOf(admin, path)
    return status === 200 ? undefined : `${shown}: expected 200, got ${status}`
  } catch (error) {
    return `${shown}: no answer: ${reasonOf(error)}`
  }
}

/** By `node:http`, because `fetch` refuses some ports, such as 10080. */
async function statusOf(admin: AdminAddress, path: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    const options = { agent: false, signal: AbortSignal.timeout(ANSWER_MS) }
    const answered = (response: IncomingMessage): void => {
      resolve(response.statusCode)
      request.destroy()
    }
    const request =
      admin instanceof URL
        ? getterFor(admin)(new URL(path, admin), options, answered)
        : getPlain({ ...options, ...admin, path }, answered)
    request.on('error', reject)
  })
}

function getterFor({ protocol }: URL): typeof getPlain {
  return protocol === 'https:' ? getSecure : getPlain
}

function reasonOf(error: unknown): string {
  // Node names each address of a host that has several.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
