import { constants, deflateRawSync, gzipSync } from 'node:zlib'

import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Backend } from '../../../rig/backend.ts'
import type { Rig } from '../../../rig/rig.ts'
import { writeUntil } from '../../write-until.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'

const SYNC = { finishFlush: constants.Z_SYNC_FLUSH }
const ROUNDS = 3

const CODED = {
  fields: [
    { name: 'Content-Type', value: 'text/event-stream' },
    { name: 'Content-Encoding', value: 'gzip' },
  ],
}

/** Ends the stream of a back end. Returns the next one, which is compressed. */
async function nextCoded(t: Rig, backend: Backend): Promise<OriginExchange> {
  const known = await t.upstreamOf(backend)
  const asked: OriginExchange[] = []
  backend.answerWith((upstream) => {
    asked.push(upstream)
    upstream.answer(CODED)
    upstream.write(gzipSync(`data: packed ${backend.name}\n\n`, SYNC))
  })
  known.end()
  known.fin()
  await t.requireEventually(
    () => asked.length > 0,
    `the target did not reconnect to back end ${backend.name}`,
    t.reconnectMs,
  )
  const [first] = asked
  return first ?? t.fail(`the target did not reconnect to back end ${backend.name}`)
}

/** Two compressed streams at the same time. */
export const UP_CODED_APART_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.coded-apart',
    title: 'Compressed streams of two back ends are decoded apart, or refused',
    level: 'must',
    source: '[http §8.4] [protocol §4.11]',
    meaning: 'With two such systems no event comes, or lines of both are mixed up.',
    cost: 'slow',
    kills: ['one-decoder-for-all'],
    async run(t) {
      const { backend, second } = t
      const stream = await t.stream()
      const first = await nextCoded(t, backend)
      const isDecoded = await t.eventually(() => stream.client.hasEvent('packed A'))
      const other = isDecoded ? await nextCoded(t, second) : undefined
      const arrives = async (data: string): Promise<void> =>
        t.requireEventually(
          () => stream.client.hasEvent(data),
          `the event ${data} did not reach the client while two back ends send compressed streams`,
        )
      if (other !== undefined) {
        await arrives('packed B')
        for (let round = 0; round < ROUNDS; round += 1) {
          for (const [upstream, name] of [
            [first, 'A'],
            [other, 'B'],
          ] as const) {
            upstream.write(deflateRawSync(`data: ${name} ${round}\n\n`, SYNC))
            await arrives(`${name} ${round}`)
          }
        }
      }
      for (const each of isDecoded ? [backend, second] : [backend]) {
        each.resetAnswer()
        const isPlain = (): boolean =>
          each.stream !== undefined && each.stream !== first && each.stream !== other
        if (isDecoded) await t.renewUpstream(each)
        else
          await t.requireEventually(
            isPlain,
            `the target did not reconnect to back end ${each.name}`,
            t.reconnectMs,
          )
        const data = t.token()
        // The newest stream may be one more that got compressed bytes, and that the target ends.
        const hasCome = (): boolean => stream.client.hasEvent(data)
        await writeUntil(t, `data: ${data}\n\n`, hasCome, { backend: each })
        await arrives(data)
      }
      return isDecoded ? 'decoded' : 'refused'
    },
  }),
]
