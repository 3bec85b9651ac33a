import type { WireEvent } from '../../wire/sse/event-reader.ts'
import { quoteBytes } from '../../wire/transcript.ts'

const SHOWN = 80

/** Bytes as short, readable text. */
export function show(bytes: Buffer): string {
  const more = bytes.length > SHOWN ? ` … (${bytes.length} bytes)` : ''
  return quoteBytes(bytes.subarray(0, SHOWN).toString('latin1')) + more
}

/**
 * The first difference between sent and received events, comparing type and data as bytes.
 * Undefined: none.
 */
export function firstDifference(
  sent: readonly WireEvent[],
  came: readonly WireEvent[],
): string | undefined {
  const count = Math.max(sent.length, came.length)
  for (let i = 0; i < count; i += 1) {
    const [wanted, got] = [sent[i], came[i]]
    const which = `event ${i + 1} of ${sent.length}`
    if (wanted === undefined)
      return `received an event that was never sent: data ${show(got?.data ?? Buffer.alloc(0))}`
    if (got === undefined) return `${which} is missing: data ${show(wanted.data)}`
    if (!wanted.data.equals(got.data)) {
      return `${which} was sent with data ${show(wanted.data)} and received with data ${show(got.data)}`
    }
    if (!wanted.type.equals(got.type)) {
      return `${which} was sent with type ${show(wanted.type)} and received with type ${show(got.type)}`
    }
  }
  return undefined
}

/** Where two byte strings differ. Undefined: they are equal. */
export function firstByteDifference(sent: Buffer, came: Buffer): string | undefined {
  if (sent.equals(came)) return undefined
  let at = 0
  while (at < sent.length && at < came.length && sent[at] === came[at]) at += 1
  const from = Math.max(0, at - 10)
  return (
    `the bytes differ at offset ${at} (${sent.length} sent, ${came.length} received): ` +
    `sent ${show(sent.subarray(from, at + 30))}, came ${show(came.subarray(from, at + 30))}`
  )
}
