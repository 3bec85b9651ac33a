import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { MockServerError } from '../errors.ts'
import { redactUrl } from '../http/redact-url.ts'
import { readSmallFile } from '../small-file.ts'
import type { CallRequest } from './call-request.ts'
import { parseCall } from './call-request.ts'
import { PROBLEM } from './problem.ts'

const MAX_BODY_BYTES = 1_073_741_824
const STANDARD_INPUT = '/dev/stdin'

/**
 * The program `mock-content-store call`: calls one operation of a store that runs, and writes what
 * it answers. Returns the exit code. Throws `bad-config` for wrong arguments, `unreachable` without
 * an answer.
 */
export async function runCall(
  args: readonly string[],
  output: { readonly stdout: NodeJS.WritableStream; readonly complain: (text: string) => unknown },
): Promise<0 | 1> {
  const request = parseCall(args)
  if (request === undefined) return 0
  const response = await send(request)
  if (response.ok) {
    await write(response, output.stdout)
    return 0
  }
  output.complain(`${response.status} ${await reasonIn(response)}\n`)
  return 1
}

async function send({ method, url, body, bodyFile }: CallRequest): Promise<Response> {
  const sent = bodyFile === undefined ? body : readBodyFile(bodyFile)
  try {
    return await fetch(url, {
      method,
      redirect: 'manual',
      ...(sent !== undefined && { body: sent }),
    })
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const text = reason instanceof Error ? reason.message : String(reason)
    throw new MockServerError('unreachable', `${redactUrl(url)}: no answer: ${text}`, {
      cause: error,
    })
  }
}

function readBodyFile(file: string): string {
  try {
    return readSmallFile(file === '-' ? STANDARD_INPUT : file, MAX_BODY_BYTES)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MockServerError('bad-config', `--body: cannot read ${file}: ${reason}`, {
      cause: error,
    })
  }
}

/** As it comes: some answers are streams. A reader that has left is no error. */
async function write({ body }: Response, stdout: NodeJS.WritableStream): Promise<void> {
  if (body === null) return
  let last = ''
  const parts = async function* (): AsyncGenerator<Uint8Array | string> {
    for await (const part of body) {
      last = part.at(-1) === 0x0a ? '\n' : ''
      yield part
    }
    if (last === '') yield '\n'
  }
  try {
    await pipeline(Readable.from(parts()), stdout, { end: false })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
  }
}

async function reasonIn(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const { title, detail } = PROBLEM.parse(JSON.parse(text))
    return `${title}: ${detail}`
  } catch {
    return text.slice(0, 300).trim()
  }
}
