import { readFileSync } from 'node:fs'
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { text } from 'node:stream/consumers'

import type { UpgradeOutcome } from './upgrader.ts'

/** Longer than an upgrade may take by default. */
const ANSWER_MS = 600_000
/** Their bodies say why. */
const REFUSALS: ReadonlySet<number> = new Set([403, 409])
/** Bit of SIGUSR2, signal 12, in a mask of signals. */
const SIGUSR2 = 1n << 11n

/** Asks a proxy for an upgrade: at its admin port, or by a signal to its process. */
export async function askUpgrade(whom: URL | number): Promise<UpgradeOutcome> {
  try {
    return typeof whom === 'number' ? signal(whom) : await ask(whom)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const name = typeof whom === 'number' ? `process ${whom}` : whom.origin
    return { isDone: false, text: `${name}: no answer: ${reason}` }
  }
}

async function ask(adminUrl: URL): Promise<UpgradeOutcome> {
  const task = new URL('/tasks/upgrade', adminUrl)
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = task.protocol === 'https:' ? requestSecure : requestPlain
    const options = { method: 'POST', agent: false, signal: AbortSignal.timeout(ANSWER_MS) }
    send(task, options, resolve).on('error', reject).end()
  })
  const body = await text(response)
  const { statusCode = 0 } = response
  if (statusCode === 200) return { isDone: true, text: body.trim() }
  const trouble = `${task.href}: expected 200, got ${statusCode}; is this the admin port of a proxy?`
  return { isDone: false, text: REFUSALS.has(statusCode) ? body.trim() : trouble }
}

function signal(pid: number): UpgradeOutcome {
  if (!handlesSignal(pid)) {
    const why = 'it is no proxy, or one that cannot be upgraded, and the signal would end it'
    return { isDone: false, text: `process ${pid} does not handle SIGUSR2: ${why}` }
  }
  process.kill(pid, 'SIGUSR2')
  return { isDone: true, text: `asked process ${pid}: its log has the result` }
}

/** Whether the process catches SIGUSR2; true where the system does not tell. */
function handlesSignal(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const caught = /^SigCgt:\s+([0-9a-f]+)$/m.exec(status)?.[1]
    return caught === undefined || (BigInt(`0x${caught}`) & SIGUSR2) !== 0n
  } catch {
    return true
  }
}
