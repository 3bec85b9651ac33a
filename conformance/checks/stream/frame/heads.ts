import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { feeds } from '../../clients/ordinary-request.ts'
import { counted } from '../../../counted.ts'

/** HTTP heads of every response, and responses without a stream. */
export const FRAME_HEAD_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'frame.head',
    title: 'The response to HEAD has no content, so the connection can be reused',
    level: 'must',
    basis: 'standard',
    source: '[http §9.3.2] [http/1.1 §6.3]',
    meaning: 'A client that reuses the connection reads the content as the next response.',
    kills: ['head-with-body'],
    async run(t) {
      const client = t.connect({ method: 'HEAD' })
      await t.requireEventually(() => client.state === 'complete', 'no answer to HEAD')
      await feeds(t, t.connect())
      t.expect(
        client.surplusBytes === 0,
        `the head is followed by ${counted(client.surplusBytes, 'byte')}`,
      )
      t.expect(client.violations.length === 0, client.violations.join('; '))
    },
  }),
  forConcentrator({
    id: 'frame.date',
    title: 'Responses carry a Date field',
    level: 'must',
    basis: 'standard',
    source: '[http §6.6.1]',
    meaning: 'Caches and logs cannot tell how old a response is.',
    kills: ['no-date'],
    async run(t) {
      const { client } = await t.stream()
      const date = client.field('date') ?? 'missing'
      t.expect(!Number.isNaN(Date.parse(date)), `Date is ${date}`)
    },
  }),
  forConcentrator({
    id: 'frame.error-ends',
    title: 'A response that is not a stream has a visible end',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.3]',
    meaning: 'A client that used a wrong method waits for ever.',
    kills: ['error-without-end'],
    async run(t) {
      const client = t.connect({ method: 'PUT', body: 'x' })
      await t.requireEventually(
        () => client.head !== undefined || client.closed,
        'no answer to PUT',
      )
      t.expect(client.head !== undefined, 'PUT was answered with a close')
      await t.requireEventually(
        () => client.state === 'complete' || client.closed,
        `the response ${client.head?.status} has no end`,
      )
      await feeds(t, t.connect())
    },
  }),
]
