import { show } from '../../../rig/finding/compare-events.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'

const LINES = ['x-trace: 7', 'data:tight', 'X: y', 'data: wide', 'lone']

/** A line that a target may add or change: comments, ids and reconnection times are its own. */
const OWN = /^(?::|(?:id|retry)(?::|$))/

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
      await stream.arrives(`${LINES.join('\n')}\n\n`)
      const content = stream.client.content.toString()
      // The last block: line ends may differ, and the target's own lines may stand anywhere in it.
      const blocks = content.replaceAll(/\r\n?/g, '\n').split('\n\n')
      const block = blocks.findLast((candidate) => candidate.includes('tight')) ?? ''
      const came = block.split('\n').filter((line) => !OWN.test(line))
      t.expect(
        came.join('\n') === LINES.join('\n'),
        `the lines ${JSON.stringify(LINES)} came as ${show(Buffer.from(block))}`,
      )
    },
  }),
]
