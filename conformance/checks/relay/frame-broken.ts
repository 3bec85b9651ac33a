import { forGateway, type StreamCheck } from '../stream-check.ts'
import { answersRaw, expectBroken, expectContent, STREAM } from './raw-answer.ts'
import { exchange } from './whole-exchange.ts'

/** Responses of the back end whose framing or fields are broken. */
export const FRAME_BROKEN_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'frame.length-and-chunked',
    title: 'Transfer-Encoding of the back end counts more than Content-Length',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.3]',
    meaning: 'Responses are mixed up: response smuggling.',
    kills: ['trusts-length'],
    async run(t) {
      const head = `${STREAM}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`
      const answered = await answersRaw(t, [head, '5\r\nhello\r\n0\r\n\r\n'])
      if (!answered.refused) expectContent(t, answered, 'hello')
      const { violations } = answered.client
      t.expect(violations.length === 0, violations.join('; '))
    },
  }),
  forGateway({
    id: 'frame.two-lengths',
    title: 'A response with two different lengths becomes an error',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.3]',
    meaning: 'Responses are mixed up: response smuggling.',
    kills: ['first-length'],
    async run(t) {
      const head = `${STREAM}Content-Length: 5\r\nContent-Length: 8\r\n\r\n`
      const answered = await answersRaw(t, [head, 'helloabc'])
      expectBroken(t, answered, 'the back end sent Content-Length: 5 and Content-Length: 8')
    },
  }),
  forGateway({
    id: 'frame.folded-field',
    title:
      'A folded field of the back end reaches the client in one line, or the response becomes an error',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §5.2]',
    meaning: 'Strict clients and fronts refuse the response.',
    kills: ['passes-folds'],
    async run(t) {
      const head = 'HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 4\r\n\r\n'
      const { client, refused } = await answersRaw(t, [head, 'done'])
      t.expect(client.violations.length === 0, client.violations.join('; '))
      const value = client.field('x-folded') ?? 'missing'
      t.expect(
        refused || /^a +b$/.test(value),
        `X-Folded: "a b" was sent, the client read ${value}`,
      )
    },
  }),
  forGateway({
    id: 'frame.space-colon',
    title:
      'A field of the back end with a space before its colon never reaches the client like this',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §5.1]',
    meaning: 'Two clients read the same response in two ways.',
    kills: ['passes-space-colon'],
    async run(t) {
      const head = 'HTTP/1.1 200 OK\r\nX-Space : a\r\nContent-Length: 4\r\n\r\n'
      const { client } = await answersRaw(t, [head, 'done'])
      t.expect(client.violations.length === 0, client.violations.join('; '))
    },
  }),
  forGateway({
    id: 'frame.control-in-field',
    title: 'NUL and bare CR in a field of the back end never reach the client',
    level: 'must',
    basis: 'standard',
    source: '[http §5.5]',
    meaning: 'A back end can be made to add fields to a response.',
    kills: ['passes-controls'],
    async run(t) {
      for (const value of ['a\0b', 'a\rX-Injected: b']) {
        const head = `HTTP/1.1 200 OK\r\nX-Control: ${value}\r\nContent-Length: 4\r\n\r\n`
        const { client } = await answersRaw(t, [head, 'done'])
        t.expect(client.violations.length === 0, client.violations.join('; '))
        t.expect(client.field('x-injected') === undefined, 'a bare CR ended a field line')
      }
    },
  }),
  forGateway({
    id: 'frame.no-http',
    title: 'Bytes of the back end that are not HTTP become an error',
    level: 'should',
    basis: 'standard',
    source: '[http §15.6.3]',
    meaning: 'Clients read the greeting of a mail server as the feed.',
    kills: ['tunnels-garbage'],
    async run(t) {
      const { client, refused } = await answersRaw(t, ['220 mail.example ESMTP\r\n\r\nready\r\n'])
      t.expect(
        refused,
        `the back end does not speak HTTP, and the client received ${client.head?.status ?? 'bytes that are not HTTP'}`,
      )
    },
  }),
  forGateway({
    id: 'frame.no-response',
    title: 'A back end that ends its connection without a response becomes an error',
    level: 'must',
    basis: 'standard',
    source: '[http §15.6.3]',
    meaning: 'Clients take an empty response for the feed.',
    kills: ['no-response-as-200'],
    async run(t) {
      const { client, refused } = await answersRaw(t, [''])
      t.expect(
        refused,
        `the back end sent no response, and the client received ${client.head?.status}`,
      )
    },
  }),
  forGateway({
    id: 'frame.error-status',
    title: 'A client whose back end sends no response gets a status from 500 to 599',
    level: 'should',
    basis: 'standard',
    source: '[http §15.6.3]',
    meaning:
      'Clients cannot tell a dead back end from a broken network, and some repeat the request.',
    kills: ['closes-without-response'],
    async run(t) {
      await exchange(t)
      const { client, upstream } = await t.relay({ method: 'POST', body: 'x' })
      upstream.fin()
      await t.requireEventually(
        () => client.head !== undefined || client.closed,
        'the client got no response, and its connection stayed open',
      )
      const status = client.head?.status
      t.expect(
        status !== undefined && status >= 500,
        `the back end ended its connection, and the client got ${status ?? 'no response'}`,
      )
    },
  }),
  forGateway({
    id: 'frame.cut-head',
    title: 'A back end that breaks off in its head becomes an error',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §8]',
    meaning: 'Clients take half a head for a response.',
    kills: ['no-response-as-200'],
    async run(t) {
      const { client, refused } = await answersRaw(t, ['HTTP/1.1 200 OK\r\nX-First: 1\r\nX-Sec'])
      t.expect(
        refused,
        `the back end broke off in its head, and the client received ${client.head?.status}`,
      )
    },
  }),
]
