import { forConcentrator, type StreamCheck } from '../stream-check.ts'

/** A target that reads from another one of its kind. */
export const HIERARCHY_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'chain.delivers',
    title: 'A target behind a target delivers the same events',
    level: 'must',
    basis: 'documented',
    source: '[protocol §4.1] [protocol §5.1]',
    meaning: 'Proxies cannot be put in a hierarchy.',
    cost: 'slow',
    kills: ['root-path-only'],
    async run(t) {
      const child = await t.target.startAnother([{ url: `${t.frontUrl}/sse` }])
      const stream = await t.stream()
      const grandchild = t.connect({}, child.frontUrl)
      await t.opens(grandchild)
      const hello = t.token()
      let tries = 0
      // The child may still be connecting to its parent.
      while (!grandchild.hasEvent(hello) && tries < 20) {
        stream.write(`data: ${hello}\n\n`)
        await t.holds(() => grandchild.hasEvent(hello), t.reconnectMs / 20)
        tries += 1
      }
      for (const data of ['å€𝄞', 'two\ndata: lines', ' spaced'])
        stream.write(`event: named\ndata: ${data}\n\n`)
      stream.write('data: end\n\n')
      await t.until(
        () => grandchild.hasEvent('end'),
        'events of the back end did not come through two targets',
      )
      const came = grandchild.events
        .slice(-4)
        .map(({ type, data }) => `${type.toString()}:${data.toString()}`)
      const wanted = ['named:å€𝄞', 'named:two\nlines', 'named: spaced', 'message:end']
      t.expect(came.join('|') === wanted.join('|'), `through two targets came ${came.join('|')}`)
    },
  }),
]
