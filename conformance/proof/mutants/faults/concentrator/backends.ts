import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import { fieldValue, withField, withoutFields } from '../../http/head.ts'
import type { FrameSplitter } from '../../concentrator/upstream/frame-splitter.ts'
import type { Fault } from '../fault.ts'

/** Faults towards back ends. */
export const BACKEND_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'lazy-upstream',
    description: 'opens no upstream connection before a client comes',
    points: () => ({ backend: { opens: 'with-first-client' } }),
  },
  {
    name: 'ends-with-connection',
    description: 'takes a response for over only when its connection ends',
    points: () => ({ backend: { ends: 'with-connection' } }),
  },
  {
    name: 'silence-doubles',
    description: 'forwards what comes on a silent connection and on its replacement',
    points: () => ({ backend: { keepsSilent: true } }),
  },
  {
    name: 'waits-for-whole-chunks',
    description: 'reads nothing of a chunk before all of it has come',
    points: () => ({ backend: { wholeChunks: true } }),
  },
  {
    name: 'ignores-length',
    description: 'ignores the Content-Length of a stream',
    points: () => ({ backend: { ends: 'without-length' } }),
  },
  {
    name: 'upstream-per-client',
    description: 'opens one more upstream connection for each client',
    points: () => ({ backend: { perClient: true } }),
  },
  {
    name: 'reconnect-when-alone',
    description: 'reopens its upstream connections when the last client has disconnected',
    points: () => ({ backend: { whenAlone: 'reconnect' } }),
  },
  {
    name: 'wrong-path',
    description: 'requests / from every back end',
    points: () => ({ backend: { request: (head) => ({ ...head, target: '/' }) } }),
  },
  {
    name: 'drops-query',
    description: 'requests the path without its query',
    points: () => ({
      backend: { request: (head) => ({ ...head, target: head.target.split('?')[0] ?? '/' }) },
    }),
  },
  {
    name: 'decodes-path',
    description: 'decodes percent-encoding in the path before the request',
    points: () => ({
      backend: { request: (head) => ({ ...head, target: head.target.replaceAll('%7E', '~') }) },
    }),
  },
  {
    name: 'passes-client-fields',
    description: 'forwards the request fields of its newest client to back ends',
    points: () => ({
      backend: {
        request: (head, _settings, lastClient) =>
          (lastClient?.fields ?? [])
            .filter(([name]) => /^(cookie|x-client)$/i.test(name))
            .reduce((whole, [name, value]) => withField(whole, name, value), head),
      },
    }),
  },
  {
    name: 'one-splitter-for-all',
    description: 'uses one frame splitter for all back ends',
    points: () => {
      let first: FrameSplitter | undefined
      return { backend: { splitter: (own) => (first ??= own) } }
    },
  },
  {
    name: 'waits-for-all-at-start',
    description: 'serves no client before every back end is connected',
    points: () => ({
      member: {
        answer: (_request, streaming) =>
          streaming.every(Boolean)
            ? undefined
            : { status: 503, reason: 'Service Unavailable', fields: [['Content-Length', '0']] },
      },
    }),
  },
  {
    name: 'no-credentials',
    description: 'sends no Authorization',
    points: () => ({ backend: { request: (head) => withoutFields(head, 'Authorization') } }),
  },
  {
    name: 'credentials-for-all',
    description: 'sends the credentials of the first back end to all of them',
    points: () => {
      let first: string | undefined
      return {
        backend: {
          request: (head) => {
            first ??= fieldValue(head, 'authorization')
            return first === undefined ? head : withField(head, 'Authorization', first)
          },
        },
      }
    },
  },
  {
    name: 'lower-case-credentials',
    description: 'sends name and password in lower case',
    points: () => ({
      backend: {
        request: (head, { credentials }) =>
          credentials === undefined ? head : withField(head, 'Authorization', basic(credentials)),
      },
    }),
  },
  {
    name: 'host-not-overridden',
    description: 'sends the host of the back end URL although httpHeaders override it',
    points: () => ({
      backend: { request: (head, { url }) => withField(head, 'Host', new URL(url).host) },
    }),
  },
  {
    name: 'second-host',
    description: 'sends both its own Host and the override',
    points: () => ({
      backend: {
        request: (head, { url }) => ({
          ...head,
          fields: [['Host', new URL(url).host], ...head.fields],
        }),
      },
    }),
  },
  {
    name: 'no-extra-headers',
    description: 'sends only Host of httpHeaders',
    points: () => ({
      backend: {
        request: (head, { httpHeaders }) => {
          const names = Object.keys(httpHeaders ?? {})
          return withoutFields(head, ...names.filter((name) => name.toLowerCase() !== 'host'))
        },
      },
    }),
  },
  {
    name: 'one-down-all-down',
    description: 'forwards nothing while one of the back ends is down',
    points: () => {
      const away = new Set<number>()
      return {
        backend: {
          lost: (_how, index) => {
            away.add(index)
            return 'retry'
          },
        },
        log: {
          append: (frame) => {
            away.delete(frame.backend)
            return away.size === 0 ? [frame] : []
          },
        },
      }
    },
  },
  {
    name: 'first-backend-only',
    description: 'forwards events of the first back end only',
    points: () => ({ log: { append: (frame) => (frame.backend === 0 ? [frame] : []) } }),
  },
]

function basic({ username, password }: { readonly username: string; readonly password: string }) {
  const token = Buffer.from(`${username}:${password}`.toLowerCase()).toString('base64')
  return `Basic ${token}`
}
