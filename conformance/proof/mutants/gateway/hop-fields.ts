import { fieldValue, withoutFields, type RequestHead, type ResponseHead } from '../http/head.ts'

/** Removes fields that belong to one connection only [http §7.6.1]. */
export function withoutHopFields<Head extends RequestHead | ResponseHead>(head: Head): Head {
  const listed = (fieldValue(head, 'connection') ?? '').split(',').map((name) => name.trim())
  const framed = fieldValue(head, 'transfer-encoding') !== undefined
  return withoutFields(
    head,
    ...listed,
    ...(framed ? ['Content-Length'] : []),
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
  )
}
