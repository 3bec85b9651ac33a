import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import { fieldValue, withField, withoutFields } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

/** Ways to treat back ends wrongly. */
export const BACKEND_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'lazy-upstream',
    description: 'opens no upstream connection before a client comes',
    points: () => ({ backend: { opens: 'with-first-client' } }),
  },
  {
    name: 'upstream-per-client',
    description: 'opens one more upstream connection for each client',
    points: () => ({ backend: { perClient: true } }),
  },
  {
    name: 'reconnect-when-alone',
    description: 'opens its upstream connections anew when the last client has left',
    points: () => ({ backend: { whenAlone: 'reconnect' } }),
  },
  {
    name: 'wrong-path',
    description: 'asks every back end for /',
    points: () => ({ backend: { request: (head) => ({ ...head, target: '/' }) } }),
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
    description: 'names the host of the back end URL whatever httpHeaders say',
    points: () => ({
      backend: { request: (head, { url }) => withField(head, 'Host', new URL(url).host) },
    }),
  },
  {
    name: 'second-host',
    description: 'sends the overriding Host beside its own',
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
    description: 'sends nothing of httpHeaders but Host',
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
    name: 'exact-ct-match',
    description: 'takes only what is text/event-stream to the letter for a stream',
    points: () => ({
      backend: {
        accepts: (head) => fieldValue(head, 'content-type') === 'text/event-stream',
      },
    }),
  },
  {
    name: 'gives-up-backend',
    description: 'does not come back to a back end that was lost',
    points: () => ({ backend: { lost: () => 'give-up' } }),
  },
  {
    name: 'gives-up-after-abort',
    description: 'does not come back to a back end whose stream broke off',
    points: () => ({ backend: { lost: (how) => (how === 'cut' ? 'give-up' : 'retry') } }),
  },
  {
    name: 'gives-up-after-end',
    description: 'does not come back to a back end that ended its stream',
    points: () => ({ backend: { lost: (how) => (how === 'complete' ? 'give-up' : 'retry') } }),
  },
  {
    name: 'ends-clients-with-backend',
    description: 'ends every stream when a back end is lost',
    points: () => ({ backend: { lost: () => 'end-clients' } }),
  },
  {
    name: 'one-down-all-down',
    description: 'passes nothing on while one of the back ends is away',
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
    description: 'passes on what the first back end sends',
    points: () => ({ log: { append: (frame) => (frame.backend === 0 ? [frame] : []) } }),
  },
]

function basic({ username, password }: { readonly username: string; readonly password: string }) {
  const token = Buffer.from(`${username}:${password}`.toLowerCase()).toString('base64')
  return `Basic ${token}`
}
