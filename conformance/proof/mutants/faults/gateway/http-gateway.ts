import type { HttpGatewayFaults } from '../../gateway/http-gateway.ts'
import type { Fault } from '../fault.ts'

/** Faults of the second reference gateway: mistakes that are usual with `node:http`. */
export const HTTP_GATEWAY_FAULTS: readonly Fault<HttpGatewayFaults>[] = [
  fault('http-leaks', 'does not abort its request when the client leaves', { leaks: true }),
  fault('http-holds-head', 'does not flush heads', { holdsHead: true }),
  fault('http-forges-end', 'ends the response when the back end breaks off', { forgesEnd: true }),
  fault('http-reads-ahead', 'writes without waiting for drain', { readsAhead: true }),
  fault('http-never-retries', 'answers 502 when a kept connection has just ended', {
    neverRetries: true,
  }),
  fault('http-lenient', 'forwards what the parser of node:http accepts', { lenient: true }),
  fault('http-keeps-max-forwards', 'forwards Max-Forwards as it is', { keepsMaxForwards: true }),
  fault('http-uploads-first', 'forwards no response before the upload has ended', {
    uploadsFirst: true,
  }),
  fault('http-object-fields', 'takes fields from an object, in which one name has one value', {
    requestFields: lastValues,
    responseFields: lastValues,
  }),
  fault('http-stuck-after-interims', 'forwards no response after 100 interim ones', {
    mostInterim: 100,
  }),
  fault('http-drops-id', 'does not forward Last-Event-ID', {
    requestFields: (fields) =>
      fields.filter((_, at) => fields[at - (at % 2)]?.toLowerCase() !== 'last-event-id'),
  }),
]

function fault(
  name: string,
  description: string,
  points: HttpGatewayFaults,
): Fault<HttpGatewayFaults> {
  return { name, description, points: () => points }
}

function lastValues(fields: readonly string[]): readonly string[] {
  const values = new Map<string, string>()
  for (let at = 0; at < fields.length; at += 2) values.set(fields[at] ?? '', fields[at + 1] ?? '')
  return [...values].flat()
}
