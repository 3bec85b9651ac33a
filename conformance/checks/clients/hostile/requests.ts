import type { Rig } from '../../../rig/rig.ts'
import { forBoth, type StreamCheck } from '../../stream-check.ts'
import { CANARY } from '../hyg/hygiene-cases.ts'
import { answerForwarded, besideHealthy, isDealtWith, sends } from './beside-healthy.ts'
import { get } from './get.ts'
import { UPGRADE_CHECK } from './upgrade.ts'

const ENDS_ALL = 'One request ends or stops the streams of all users.'
const SPACES = ' '.repeat(7900)
const PARAMETERS = 700
const FIELDS = 80

/** Values of Last-Event-ID that readers stumble over. */
const IDS = [
  '__proto__',
  '-1',
  '0x10',
  '1e999',
  '99999999999999999999999999',
  '%00%ff',
  '../../etc/passwd',
  "' OR '1'='1",
  '[object Object]',
  '\xff\xfe\x80',
  'a\x85\xa0b',
  '{"a":'.repeat(500),
  '1'.repeat(7000),
]

/** Request targets whose decoding fails or means something else. */
const TARGETS = [
  '{path}?lastEventId=%ff',
  '{path}?lastEventId=%',
  '{path}?%zz=%u0041',
  '{path}?lastEventId[]=1&lastEventId[]=2',
  '{path}?__proto__[x]=1&constructor=2',
  '{path}/%',
  '{path}/%c0%ae%c0%ae/',
  '{path}/\xff\xfe',
  `{path}?${'a=1&'.repeat(PARAMETERS)}`,
  `{path}?${'?'.repeat(3000)}`,
]

/** Lines of fields that cost a careless reader much time, or mean something to its language. */
const COSTLY_FIELDS = [
  `X-A:${SPACES}x`,
  `X-A:${SPACES}\x01`,
  `X-A: x${SPACES}x`,
  `X-A: ${'\t '.repeat(3900)}x`,
  `Accept: ${'text/*;q=0.1,'.repeat(500)}x`,
  `Cookie: ${'a='.repeat(3500)}`,
  `Origin: http://${'a.'.repeat(1200)}example`,
]

const ODD_FIELDS = [
  '__proto__: 1\r\nconstructor: 2\r\ntoString: 3\r\nhasOwnProperty: 4',
  'X-Text: \xff\xfe\x80\xc3',
  Array.from({ length: FIELDS }, (_, number) => `X-Field-${number}: ${number}`).join('\r\n'),
  Array.from({ length: FIELDS }, (_, number) => `Cookie: a${number}=1`).join('\r\n'),
  'X-Empty:\r\nX-Empty:\r\nX-Comma: ,,,,',
  'Origin: null\r\nReferer: http://[::1',
  'Range: bytes=0-,1-,2-\r\nIf-None-Match: *\r\nIf-Range: "x"',
]

/** Spellings of Transfer-Encoding about which two readers may disagree. */
const CODINGS = [
  'Transfer-Encoding: \x0bchunked',
  'Transfer-Encoding: chunked\x0b',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: identity, chunked, identity',
  'Transfer-Encoding: chunkedchunked',
  'Transfer-Encoding: x chunked',
  'Transfer-Encoding: chunked;x=1',
  'Transfer-Encoding:\r\n chunked',
  'Transfer_Encoding: chunked',
  'X: 1\nTransfer-Encoding: chunked',
  'Transfer-Encoding: \x80chunked',
]

/** Bytes that are not HTTP/1.1, and whose sender waits or leaves. */
const NO_HTTP = [
  'GET /\r\n',
  'GET\r\n\r\n',
  '\r\n\r\n\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
  '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
  'SSH-2.0-OpenSSH_9.2\r\n',
  '\0'.repeat(100),
  '\xff'.repeat(4096),
  'GET / HTTP/1.1\r\nHost: {host}\r\n:\r\n\r\n',
]

async function eachIsDealtWith(t: Rig, requests: readonly string[], what: string): Promise<void> {
  for (const request of requests) {
    const line = JSON.stringify(request.slice(0, 60))
    await isDealtWith(t, sends(t, request), `${what} (${line})`)
  }
}

function isSmuggled(t: Rig): boolean {
  return t.backend.requests.some(({ request: { target } }) => target === CANARY)
}

/** Requests of clients that mean harm, or know no better. */
export const HOSTILE_REQUEST_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'hostile.ids',
    title:
      'Odd values of Last-Event-ID are answered or refused, and other clients keep their streams',
    level: 'must',
    source: '[protocol §5.15] [sse §9.2.3]',
    meaning: ENDS_ALL,
    kills: ['dies-of-odd-id', 'ring-dies-of-odd-id'],
    run: (t) =>
      besideHealthy(t, 'odd values of Last-Event-ID', () =>
        eachIsDealtWith(
          t,
          IDS.map((id) => get('{path}', `Last-Event-ID: ${id}`)),
          'a request with an odd Last-Event-ID',
        ),
      ),
  }),
  forBoth({
    id: 'hostile.targets',
    title:
      'Request targets that cannot be decoded are answered or refused, and other clients keep their streams',
    level: 'must',
    source: '[protocol §5.15] [http/1.1 §3.2]',
    meaning: ENDS_ALL,
    kills: ['dies-of-bad-target', 'ring-dies-of-bad-target'],
    run: (t) =>
      besideHealthy(t, 'request targets that cannot be decoded', () =>
        eachIsDealtWith(
          t,
          TARGETS.map((target) => get(target)),
          'a request with an odd target',
        ),
      ),
  }),
  forBoth({
    id: 'hostile.fields',
    title: 'Odd and many fields are answered or refused, and other clients keep their streams',
    level: 'must',
    source: '[protocol §5.15] [http §5.5]',
    meaning: ENDS_ALL,
    kills: ['dies-of-proto-field', 'ring-dies-of-proto-field'],
    run: (t) =>
      besideHealthy(t, 'odd fields', () =>
        eachIsDealtWith(
          t,
          ODD_FIELDS.map((lines) => get('{path}', lines)),
          'a request with odd fields',
        ),
      ),
  }),
  forBoth({
    id: 'hostile.costly-fields',
    title: 'A field with thousands of spaces or items delays no other client',
    level: 'must',
    source: '[protocol §5.15]',
    meaning: 'One request of eight kilobytes stops the target for seconds or minutes.',
    kills: ['stops-at-spaces', 'ring-stops-at-spaces'],
    run: (t) =>
      besideHealthy(t, 'costly fields', async (healthy) => {
        for (const field of COSTLY_FIELDS) {
          const client = sends(t, get('{path}', field))
          const shown = JSON.stringify(field.slice(0, 12))
          await healthy.stillGets(`while the target read a request with ${shown}…`)
          await isDealtWith(t, client, `a request with ${shown}…`)
        }
      }),
  }),
  UPGRADE_CHECK,
  forBoth({
    id: 'hostile.no-http',
    title: 'Bytes that are not HTTP disturb no other client, and get no stream',
    level: 'must',
    source: '[protocol §5.15] [http/1.1 §2.2]',
    meaning: ENDS_ALL,
    kills: ['dies-of-tls-hello', 'ring-dies-of-tls-hello'],
    run: (t) =>
      besideHealthy(t, 'bytes that are not HTTP', async (healthy) => {
        for (const text of NO_HTTP) {
          const client = sends(t, text)
          await t.requireEventually(
            () => client.connected || client.closed,
            'the front did not accept the connection',
          )
          await healthy.stillGets(`after ${JSON.stringify(text.slice(0, 20))} of another client`)
          t.expect(
            client.head?.status !== 200 || client.field('content-type') !== 'text/event-stream',
            `${JSON.stringify(text.slice(0, 20))} was answered with a stream`,
          )
          client.reset()
        }
      }),
  }),
  forBoth({
    id: 'hostile.codings',
    title: 'No spelling of Transfer-Encoding hides a second request',
    level: 'must',
    source: '[http/1.1 §6.1] [http/1.1 §11.2]',
    meaning: 'A proxy in front may parse the same bytes as another request: request smuggling.',
    kills: ['lenient-coding', 'ring-lenient-coding'],
    run: (t) =>
      besideHealthy(t, 'odd spellings of Transfer-Encoding', async () => {
        const body = `0\r\n\r\nHEAD ${CANARY} HTTP/1.1\r\nHost: canary\r\n\r\n`
        for (const coding of CODINGS) {
          const lines = ['HEAD {path} HTTP/1.1', 'Host: {host}', `Content-Length: ${body.length}`]
          const client = sends(t, [...lines, coding, '', body].join('\r\n'))
          const shown = JSON.stringify(coding)
          await t.requireEventually(() => {
            answerForwarded(t)
            return client.state === 'complete' || client.closed || client.ending !== undefined
          }, `a request with ${shown} was neither answered nor refused`)
          await t.pause()
          answerForwarded(t)
          t.expect(!isSmuggled(t), `${shown} hid a second request, which reached the back end`)
          t.expect(
            !client.hasSecondResponse || t.role === 'gateway',
            `${shown} hid a second request, which was answered`,
          )
          client.close()
        }
      }),
  }),
]
