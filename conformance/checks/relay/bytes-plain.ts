import { forGateway, type StreamCheck } from '../stream-check.ts'
import { COMPRESSION, PLAIN } from './plain-back-end.ts'

/** Bytes of a stream that may be transformed, and should not be. */
export const BYTES_PLAIN_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'bytes.plain',
    title: 'A stream reaches the client byte for byte although no-transform is missing',
    level: 'should',
    source: '[http §7.7]',
    meaning: 'Clients see events that the back end never sent, or other ones.',
    kills: ['adds-notice-plain'],
    async run(t) {
      const stream = await t.stream({
        request: { fields: [COMPRESSION] },
        answer: PLAIN,
      })
      stream.write(': comment\r\nid: 1\rdata: æ\n\n')
      stream.write('event: x\ndata:  two \ndata\n\n')
      await stream.delivers('data: end\n\n')
    },
  }),
]
