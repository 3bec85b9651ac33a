import { isSecure } from '../../client/connection.ts'
import { servesOrdinaryRequest } from '../clients/ordinary-request.ts'
import { freshUrl, SERVER, upstreamAt } from '../operation/vendor-file.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'

/** A target that reads from another target, or from itself. */
export const CHAIN_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'chain.delivers',
    title: 'A target that reads from another target delivers the same events',
    level: 'must',
    basis: 'documented',
    source: '[protocol §4.1] [protocol §5.1]',
    meaning: 'Proxies cannot form a hierarchy.',
    cost: 'slow',
    kills: ['root-path-only'],
    async run(t) {
      // No setting tells a target which certificate authorities to trust as a client.
      if (isSecure(t.frontUrl))
        t.skip('a second target cannot be told to trust the certificate of the first')
      const child = await t.target.startAnother([{ url: `${t.frontUrl}/sse` }])
      const stream = await t.stream()
      const grandchild = t.connect({}, child.frontUrl)
      await t.opens(grandchild)
      const hello = t.token()
      let tries = 0
      // The child may still be connecting to its parent.
      while (!grandchild.hasEvent(hello) && tries < 20) {
        stream.write(`data: ${hello}\n\n`)
        await t.eventually(() => grandchild.hasEvent(hello), t.reconnectMs / 20)
        tries += 1
      }
      for (const data of ['å€𝄞', 'two\ndata: lines', ' spaced'])
        stream.write(`event: named\ndata: ${data}\n\n`)
      stream.write('data: end\n\n')
      await t.requireEventually(
        () => grandchild.hasEvent('end'),
        'events of the back end did not arrive through two targets',
      )
      const came = grandchild.events
        .slice(-4)
        .map(({ type, data }) => `${type.toString()}:${data.toString()}`)
      const wanted = ['named:å€𝄞', 'named:two\nlines', 'named: spaced', 'message:end']
      t.expect(came.join('|') === wanted.join('|'), `through two targets came ${came.join('|')}`)
    },
  }),
  forConcentrator({
    id: 'chain.loop',
    title: 'A target that also reads from itself forwards each event once',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.9]',
    meaning: 'A mistake in a hierarchy multiplies each event endlessly.',
    needs: ['vendor-file'],
    cost: 'slow',
    kills: ['reads-from-itself'],
    async run(t) {
      await servesOrdinaryRequest(t)
      const url = freshUrl(t)
      const text = `${SERVER}backends:\n  - uri: ${url}\n  - uri: http://127.0.0.1:{frontPort}/\n`
      const outcome = await t.target.startWithFile({ text })
      if (outcome.kind === 'refused') return 'the file is refused'
      const client = t.connect({}, outcome.target.frontUrl)
      await t.opens(client)
      const upstream = await upstreamAt(t, url)
      const count = (): number =>
        client.events.filter(({ data }) => data.toString() === 'once').length
      // It may take a moment until the target has detected the loop.
      await t.pause(t.holdMs / 2)
      upstream.write('data: once\n\n')
      await t.requireEventually(() => count() > 0, 'the event did not arrive')
      await t.eventually(() => count() > 1, t.holdMs / 2)
      t.expect(count() === 1, `the event arrived ${count()} times`)
      return undefined
    },
  }),
]
