import type { FrontFaults } from '../../http/front-faults.ts'
import {
  fieldValue,
  withField,
  withoutFields,
  type Field,
  type RequestHead,
  type ResponseHead,
} from '../../http/head.ts'
import { gzip } from '../../stages/gzip.ts'
import { when } from '../../stages/stage.ts'

/**
 * Compresses for clients that offer gzip, event by event, unless no-transform forbids it. `edit`
 * changes the head of a compressed response.
 */
export function compressEachEvent(
  edit: (head: ResponseHead) => ResponseHead = (head) => head,
): FrontFaults {
  return {
    response: (head, request) => (isCompressible(head, request) ? edit(compressed(head)) : head),
    body: when(({ response }) => fieldValue(response, 'x-compressed') !== undefined, gzip('each')),
  }
}

function isCompressible(head: ResponseHead, request: RequestHead): boolean {
  return (
    request.version === '1.1' &&
    request.method !== 'HEAD' &&
    ![204, 304].includes(head.status) &&
    /gzip/i.test(fieldValue(request, 'accept-encoding') ?? '') &&
    fieldValue(head, 'content-encoding') === undefined &&
    !/no-transform/i.test(fieldValue(head, 'cache-control') ?? '')
  )
}

function compressed(head: ResponseHead): ResponseHead {
  const vary = fieldValue(head, 'vary')
  const etag = fieldValue(head, 'etag')
  const fields: readonly Field[] = [
    ['Content-Encoding', 'gzip'],
    ['Transfer-Encoding', 'chunked'],
    ['Vary', vary === undefined ? 'Accept-Encoding' : `${vary}, Accept-Encoding`],
    ['X-Compressed', '1'],
  ]
  const rest = withoutFields(head, 'Content-Length', 'Transfer-Encoding', 'Vary')
  const weak = etag === undefined ? rest : withField(rest, 'ETag', `W/${etag.replace(/^W\//, '')}`)
  return { ...weak, fields: [...weak.fields, ...fields] }
}
