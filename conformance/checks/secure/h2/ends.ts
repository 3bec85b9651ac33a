import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { openH2, openStream, openTwoStreams, servesHead } from './h2-exchange.ts'

/** How a response over HTTP/2 ends when it ends at the back end. */
export const H2_END_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'h2.end',
    title: 'A response that ends properly at the back end ends properly over HTTP/2',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §8.1]',
    meaning: 'Clients wait for ever, or report an error.',
    needs: ['h2'],
    kills: ['h2-no-end'],
    async run(t) {
      const [kept, ended] = await openTwoStreams(t)
      ended.upstream.end()
      await t.requireEventually(
        () => ended.stream.end !== undefined,
        'the end of the response did not come over HTTP/2',
      )
      t.expect(ended.stream.end?.kind === 'end', ended.stream.ending)
      await kept.arrives('after the end')
    },
  }),
  forGateway({
    id: 'h2.abort',
    title: 'A response that the back end cuts off ends with a stream reset over HTTP/2',
    level: 'must',
    source: '[http/2 §8.1] [http/1.1 §8]',
    meaning: 'Clients take half a response for the whole one.',
    needs: ['h2'],
    kills: ['h2-forges-end'],
    async run(t) {
      const [kept, cut] = await openTwoStreams(t)
      cut.upstream.reset()
      await t.requireEventually(
        () => cut.stream.end !== undefined,
        'a response that was cut off stays open over HTTP/2',
      )
      t.expect(
        cut.stream.end?.kind === 'reset',
        `a response that was cut off did not end with a reset: ${cut.stream.ending}`,
      )
      await kept.arrives('after the reset')
      await servesHead(t, kept.client, 'after a reset')
    },
  }),
  forGateway({
    id: 'h2.no-trailers',
    title: 'A response without trailers gets none over HTTP/2',
    level: 'should',
    basis: 'standard',
    source: '[http/2 §8.1] [http §6.5]',
    meaning: 'Readers that do not know trailers report an error at the end of each stream.',
    needs: ['h2'],
    kills: ['h2-adds-trailers'],
    async run(t) {
      const exchange = await openStream(t, await openH2(t))
      exchange.upstream.end()
      await t.requireEventually(() => exchange.stream.end !== undefined, 'the stream did not end')
      const names = exchange.stream.trailers?.map(({ name }) => name) ?? []
      t.expect(names.length === 0, `the response has the trailers ${names.join(', ')}`)
    },
  }),
]
