import type { OriginResponse } from '../../origin/origin-exchange.ts'
import type { RelayedRequest, Rig } from '../../rig/rig.ts'
import type { HeaderField } from '../../wire/http/header-fields.ts'
import { forGateway, type StreamCheck } from '../stream-check.ts'
import type { RuleCase } from './field-case.ts'
import { answerWhole, shown } from './whole-exchange.ts'

const LATER = 'X-Later'

interface FreshCase extends RuleCase {
  /** The response to the first request. */
  readonly answer: OriginResponse
  readonly first?: RelayedRequest | undefined
  readonly second?: RelayedRequest | undefined
  /** What the second request has after the URL of the first one. */
  readonly query?: string | undefined
}

const field = (name: string, value: string): HeaderField => ({ name, value })

const FRESH_CASES: readonly FreshCase[] = [
  {
    name: 'no-store',
    title: 'A response with no-store is not sent to a second client',
    source: '[caching §5.2.2.5]',
    meaning: 'Users read the data of others.',
    basis: 'standard',
    kills: ['caches-everything'],
    answer: { fields: [field('Cache-Control', 'no-store')] },
  },
  {
    name: 'no-cache',
    title: 'A response with no-cache is not sent to a second client',
    source: '[caching §5.2.2.4]',
    meaning: 'Clients get the events of a stream that has ended.',
    basis: 'standard',
    kills: ['caches-no-cache'],
    answer: {
      fields: [field('Content-Type', 'text/event-stream'), field('Cache-Control', 'no-cache')],
    },
  },
  {
    name: 'private',
    title: 'A private response is not sent to a second client',
    source: '[caching §5.2.2.7]',
    meaning: 'Users read the data of others.',
    basis: 'standard',
    kills: ['caches-private'],
    answer: { fields: [field('Cache-Control', 'private, max-age=600')] },
  },
  {
    name: 'max-age-0',
    title: 'A response that is stale at once is not sent to a second client',
    source: '[caching §5.2.2.2]',
    meaning: 'Clients read an old change log and miss the newest changes.',
    basis: 'standard',
    kills: ['keeps-stale'],
    answer: { fields: [field('Cache-Control', 'max-age=0, must-revalidate')] },
  },
  {
    name: 'plain-stream',
    title: 'An event stream without directives is not sent to a second client',
    source: '[caching §4.2.2]',
    meaning: 'Clients get the events of a stream that has ended.',
    level: 'should',
    kills: ['caches-plain'],
    answer: { fields: [field('Content-Type', 'text/event-stream')] },
  },
  {
    name: 'errors',
    title: 'A 503 response is not sent to a second client',
    source: '[caching §4.2.2]',
    meaning: 'The back end works again, and clients still see the error.',
    level: 'should',
    kills: ['caches-errors'],
    answer: { status: 503 },
  },
  {
    name: 'post',
    title: 'Each of two equal POST requests reaches the back end',
    source: '[http §9.3.3] [caching §4]',
    meaning: 'Entries are lost.',
    basis: 'standard',
    kills: ['caches-posts'],
    answer: { fields: [field('Cache-Control', 'max-age=600')], status: 201 },
    first: { method: 'POST', body: 'x' },
    second: { method: 'POST', body: 'x' },
  },
  {
    name: 'authorized',
    title: 'The response to a request with credentials is not sent to another client',
    source: '[caching §3.5]',
    meaning: 'Users read the data of others.',
    basis: 'standard',
    kills: ['shares-authorized'],
    answer: { fields: [field('Cache-Control', 'max-age=600')] },
    first: { fields: [field('Authorization', 'Basic QTpB')] },
  },
  {
    name: 'vary',
    title: 'A response that varies by Accept is not sent to a client with another Accept',
    source: '[caching §4.1]',
    meaning: 'Clients that ask for the stream get the feed, or the other way round.',
    basis: 'standard',
    kills: ['vary-blind'],
    answer: { fields: [field('Cache-Control', 'max-age=600'), field('Vary', 'Accept')] },
    first: { fields: [field('Accept', 'application/atom+xml')] },
    second: { fields: [field('Accept', 'text/event-stream')] },
  },
  {
    name: 'query',
    title: 'A fresh response is not sent for another query',
    source: '[caching §4] [http §4.2.3]',
    meaning: 'Searches and pages of a feed show the result of another one.',
    basis: 'standard',
    kills: ['query-blind'],
    answer: { fields: [field('Cache-Control', 'max-age=600')] },
    query: '?page=2',
  },
  {
    name: 'head',
    title: 'A fresh response to HEAD is not sent for GET',
    source: '[caching §4] [http §9.3.2]',
    meaning: 'After a check by a monitor, clients read empty feeds.',
    basis: 'standard',
    kills: ['method-blind'],
    answer: { fields: [field('Cache-Control', 'max-age=600')] },
    first: { method: 'HEAD' },
  },
]

/** Requires that the second request reaches the back end, and gets its response. */
async function reachesBackEnd(t: Rig, target: string, request: RelayedRequest = {}): Promise<void> {
  const client = t.connect({ target, ...request })
  const arrived = () =>
    t.backend.requests.find((upstream) => upstream.request.target === target && !upstream.answered)
  await t.requireEventually(
    () => arrived() !== undefined || client.head !== undefined || client.closed,
    'the second request for the URL neither reached the back end nor was answered',
  )
  const upstream = arrived()
  if (upstream === undefined)
    return t.fail(
      `the second request for the URL did not reach the back end: the target answered it with ${client.head?.status ?? 'a close'} and ${shown(client.content.toString('latin1'))}`,
    )
  await answerWhole(t, { client, upstream }, { fields: [field(LATER, '1')] }, 'second')
  t.expect(
    client.field(LATER) === '1' && client.content.toString() === 'second',
    `the second client read ${shown(client.content.toString('latin1'))} instead of its own response`,
  )
}

/** Nothing of one client's response is given to another. */
export const CACHE_CHECKS: readonly StreamCheck[] = [
  ...FRESH_CASES.map(
    ({
      answer,
      first = {},
      second,
      query = '',
      name,
      level = 'must',
      basis = 'derived' as const,
      ...rest
    }) =>
      forGateway({
        id: `cache.${name}`,
        level,
        basis,
        ...rest,
        async run(t) {
          const target = t.path()
          const relayed = await t.relay({ target, ...first })
          const { client, upstream } = relayed
          const { method = 'GET' } = first
          if (upstream.request.method !== method)
            return `the gateway sends ${upstream.request.method} for ${method}`
          const content = method === 'HEAD' ? '' : 'first'
          await answerWhole(t, relayed, answer, content)
          t.expect(client.content.toString() === content, 'the first response was changed')
          await reachesBackEnd(t, `${target}${query}`, second)
          return undefined
        },
      }),
  ),
  forGateway({
    id: 'cache.incomplete',
    title: 'A response that broke off is not sent to a second client as a whole one',
    level: 'must',
    basis: 'standard',
    source: '[caching §3.3]',
    meaning: 'Clients read half a feed and believe that it is all.',
    kills: ['stores-partial'],
    async run(t) {
      const target = t.path()
      const { client, upstream } = await t.relay({ target })
      upstream.answer({ fields: [field('Cache-Control', 'max-age=600')] })
      upstream.write('half of the content')
      await t.eventually(() => client.contentBytes > 0)
      upstream.reset()
      await t.requireEventually(
        () => client.closed || client.state === 'complete',
        'the client did not learn that its response broke off',
      )
      await reachesBackEnd(t, target)
    },
  }),
  forGateway({
    id: 'cache.no-collapse',
    title: 'Two clients of one URL each have their own stream at the same time',
    level: 'must',
    source: '[caching §4]',
    meaning: 'The second client gets nothing until the first one leaves.',
    kills: ['collapses'],
    async run(t) {
      const target = t.path()
      const first = await t.stream({ request: { target } })
      await first.writeAndYield('data: first 1\n\n')
      const client = t.connect({ target })
      const arrived = () =>
        t.backend.requests.find(
          (upstream) => upstream.request.target === target && !upstream.answered,
        )
      await t.requireEventually(
        () => arrived() !== undefined,
        'the second request for the URL did not reach the back end while the stream of the first was open',
      )
      const upstream = arrived()
      upstream?.answer()
      upstream?.write('data: second 1\n\n')
      upstream?.end()
      await t.requireEventually(
        () => client.hasEvent('second 1'),
        'the response to the second client of the URL did not come while the stream of the first was open',
      )
      await first.delivers('data: first 2\n\n')
    },
  }),
]
