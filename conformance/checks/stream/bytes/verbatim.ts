import { show } from '../../../rig/finding/compare-events.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'

/** Bytes that a concentrator forwards unchanged although no client has to understand them. */
export const VERBATIM_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'bytes.verbatim',
    title: 'Unknown fields, and the spelling of known ones, are forwarded unchanged',
    level: 'should',
    basis: 'choice',
    source: '[protocol §5.4]',
    meaning: 'Clients that use fields of their own lose them.',
    needs: ['verbatim'],
    kills: ['unknown-fields-dropped', 'spells-anew'],
    async run(t) {
      const stream = await t.stream()
      const frame = 'x-trace: 7\ndata:tight\nX: y\ndata: wide\nlone\n\n'
      await stream.arrives(frame)
      const came = stream.client.content.toString()
      t.expect(came.includes(frame), `the client read ${show(Buffer.from(came.slice(-120)))}`)
    },
  }),
]
