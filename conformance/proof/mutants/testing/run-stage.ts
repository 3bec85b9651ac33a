import type { RequestHead, ResponseHead } from '../http/head.ts'
import type { StageFactory } from '../stages/stage.ts'

/** A piece of body, or the end of the body. */
export type Step = string | Buffer | typeof END

export const END: unique symbol = Symbol('end')

export const REQUEST: RequestHead = {
  method: 'GET',
  target: '/events',
  version: '1.1',
  fields: [['Host', 'front']],
}

export const RESPONSE: ResponseHead = {
  status: 200,
  reason: 'OK',
  fields: [['Content-Type', 'text/event-stream']],
}

/**
 * Runs steps one by one. Returns the output after each, as latin1, with `END` where the stage ended
 * and `ABORT` where it failed.
 */
export function runStage(
  factory: StageFactory,
  steps: readonly Step[],
  { request = REQUEST, response = RESPONSE } = {},
): readonly string[] {
  let out = ''
  const stage = factory({
    request,
    response,
    emit: (bytes) => {
      out += bytes.toString('latin1')
    },
    finish: () => {
      out += 'END'
    },
    fail: () => {
      out += 'ABORT'
    },
  })
  const outputs = steps.map((step) => {
    out = ''
    if (typeof step !== 'symbol') stage.push(Buffer.from(step))
    // A stage without `end` forwards the end.
    else if (stage.end === undefined) out += 'END'
    else stage.end?.()
    return out
  })
  stage.close?.()
  return outputs
}
