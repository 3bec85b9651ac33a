import type { OriginExchange, OriginResponse } from '../../origin/origin-exchange.ts'
import type { Relayed, RelayedRequest, Rig } from '../../rig/rig.ts'
import { fieldValue, fieldValues, type HeaderField } from '../../wire/http/header-fields.ts'
import { quoteBytes } from '../../wire/transcript.ts'

const SHOWN = 120

export interface WholeExchange {
  readonly request?: RelayedRequest | undefined
  readonly answer?: OriginResponse | undefined
  /** Content of the response. Default: `done`. */
  readonly content?: Buffer | string | undefined
}

/** One request and its whole response, which the client has read to the end. */
export async function exchange(
  t: Rig,
  { request = {}, answer = {}, content = 'done' }: WholeExchange = {},
): Promise<Relayed> {
  const relayed = await t.relay(request)
  await answerWhole(t, relayed, answer, content)
  return relayed
}

/**
 * Answers a request that is at the back end, and waits until the client has read the response to
 * its end.
 */
export async function answerWhole(
  t: Rig,
  { client, upstream }: Relayed,
  answer: OriginResponse = {},
  content: Buffer | string = 'done',
): Promise<void> {
  const { target } = upstream.request
  const sends = (to: OriginExchange): void => {
    to.answer({ fields: [], framing: { length: Buffer.byteLength(content) }, ...answer })
    to.write(content)
    to.end()
  }
  // [http §9.2.2] A gateway may repeat a request, after a 503 for example: the response is the
  // same.
  t.backend.answerWith((again) => {
    if (again.request.target === target) sends(again)
  })
  sends(upstream)
  await t.eventuallyWhileReceiving(
    () => client.contentBytes,
    () => client.state === 'complete' || client.state === 'cut' || client.closed,
  )
  t.backend.resetAnswer()
  const { head, state } = client
  t.expect(head !== undefined, 'the response of the back end did not reach the client')
  t.expect(
    state === 'complete',
    `the response ${head?.status} of the back end did not reach its end at the client: it is ${STATES[state]}`,
  )
}

const STATES = {
  head: 'without a head',
  body: 'still open',
  complete: 'complete',
  cut: 'cut off',
  broken: 'no longer HTTP',
} as const

/** Requires that the fields, one line or several joined by commas, are as they were sent. */
export function expectFields(
  t: Rig,
  receiver: string,
  sent: readonly HeaderField[],
  came: readonly HeaderField[],
): void {
  for (const { name } of sent) {
    const wanted = fieldValue(sent, name) ?? ''
    const got = fieldValue(came, name)
    t.expect(
      got !== undefined && withoutBlanks(got) === withoutBlanks(wanted),
      `${name}: ${shown(wanted)} was sent, and ${receiver} received ${got === undefined ? 'no such field' : shown(got)}`,
    )
  }
}

/** Requires that there is no field with one of these names. */
export function expectNoFields(
  t: Rig,
  receiver: string,
  names: readonly string[],
  came: readonly HeaderField[],
): void {
  for (const name of names) {
    const got = fieldValue(came, name)
    t.expect(got === undefined, `${receiver} received ${name}: ${shown(got ?? '')}`)
  }
}

/** Requires that a field arrives in one line. */
export function expectOnce(
  t: Rig,
  receiver: string,
  name: string,
  came: readonly HeaderField[],
): void {
  const values = fieldValues(came, name)
  t.expect(
    values.length === 1,
    `${receiver} received ${values.length} lines of ${name}: ${values.map(shown).join(' and ')}`,
  )
}

/** A text for messages: quoted, and not too long. */
export function shown(text: string): string {
  const quoted = quoteBytes(text.slice(0, SHOWN))
  return text.length > SHOWN ? `${quoted} … (${text.length} bytes)` : quoted
}

/** [http §5.6.1] White space around the commas of a list has no meaning. */
function withoutBlanks(value: string): string {
  return value
    .split(',')
    .map((item) => item.trim())
    .join(',')
}
