import { z } from 'zod'

import { MockServerError } from '../../errors.ts'
import { parseVerify } from './command-line.ts'
import type { VerifyAnswer } from './expectation.ts'
import { VERIFY_ANSWER } from './expectation.ts'

const ANSWER_MS = 20_000
const PROBLEM = z.object({ detail: z.string() })

/**
 * The program `mock-content-store verify`: prints the verdicts and returns the exit code. Throws
 * `bad-config` for wrong arguments, `unreachable` without an answer of a store.
 */
export async function runVerify(
  args: readonly string[],
  print: (text: string) => unknown,
): Promise<0 | 1> {
  const command = parseVerify(args)
  if (command === undefined) return 0
  const answer = await ask(`${command.url}/__mock/verify`, command.request)
  print(command.json ? `${JSON.stringify(answer)}\n` : linesOf(answer))
  return answer.verdict === 'passed' ? 0 : 1
}

async function ask(url: string, request: object): Promise<VerifyAnswer> {
  const { status, text } = await post(url, JSON.stringify(request))
  const json = jsonOf(text)
  const answer = VERIFY_ANSWER.safeParse(json)
  if (status === 200 && answer.success) return answer.data
  const problem = PROBLEM.safeParse(json)
  if (problem.success) throw new MockServerError('bad-config', problem.data.detail)
  throw new MockServerError('unreachable', `the answer is not that of a store: status ${status}`)
}

async function post(url: string, body: string) {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const response = await fetch(url, { method: 'POST', body, signal, redirect: 'manual' })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new MockServerError('unreachable', `no answer of a store: ${String(reason)}`, {
      cause: error,
    })
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** For people: a line for each expectation, and one for each near miss. */
function linesOf({ verdict, results, randomSeed }: VerifyAnswer): string {
  const lines = results.flatMap((result) => [
    `${result.verdict}: ${Object.keys(result.expectation).join(', ')}: ${result.message}`,
    ...result.nearMisses.map(
      ({ why, entry }) => `  near miss, entry ${entry.id}: ${why.join('; ')}`,
    ),
  ])
  return `${[...lines, `${verdict}, random seed ${randomSeed}`].join('\n')}\n`
}
