import { Command } from 'commander'

import { parseCommand, readUrl } from './command-flags.ts'
import { MockServerError } from './errors.ts'
import { redactUrl } from './http/redact-url.ts'

const ANSWER_MS = 5_000

/**
 * The program `mock-content-store health`: asks a store that runs for its control API. Throws
 * `bad-config` for wrong arguments, `unreachable` when it does not answer as a store does.
 */
export async function runHealth(
  args: readonly string[],
  print: (text: string) => unknown,
): Promise<void> {
  const command = new Command('mock-content-store health')
    .description('Asks a store that runs whether it answers: exit code 0, or 3 with the reason.')
    .argument('[url]', 'the store', readUrl('url'), 'http://127.0.0.1:8080')
  if (!parseCommand(command, args)) return
  const url = `${String(command.processedArgs[0]).replace(/\/$/, '')}/__mock/info`
  const status = await ask(url)
  if (status !== 200)
    throw new MockServerError('unreachable', `${redactUrl(url)}: expected 200, got ${status}`)
  print('healthy\n')
}

async function ask(url: string): Promise<number> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const response = await fetch(url, { signal, redirect: 'manual' })
    await response.body?.cancel()
    return response.status
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const text = reason instanceof Error ? reason.message : String(reason)
    throw new MockServerError('unreachable', `${redactUrl(url)}: no answer: ${text}`, {
      cause: error,
    })
  }
}
