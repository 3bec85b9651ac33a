import type { RequestHead, ResponseHead } from '../http/head.ts'
import type { StageFactory } from '../stages/stage.ts'

/** A piece of body, or how the body is over. */
export type Step = string | Buffer | typeof END | typeof ABORT

export const END: unique symbol = Symbol('end')
export const ABORT: unique symbol = Symbol('abort')

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

/** Takes steps one by one; returns what came out after each, as latin1, with `END` or `ABORT` where the stage ended. */
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
    // What a stage does not define is passed on.
    else if (step === END && stage.end === undefined) out += 'END'
    else if (step === ABORT && stage.abort === undefined) out += 'ABORT'
    else if (step === END) stage.end?.()
    else stage.abort?.()
    return out
  })
  stage.close?.()
  return outputs
}
