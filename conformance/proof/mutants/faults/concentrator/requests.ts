import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import { withoutFields, type RequestHead } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

const withoutLogin = (head: RequestHead): RequestHead => withoutFields(head, 'Authorization')

const withoutQuery = (head: RequestHead): RequestHead => ({
  ...head,
  target: head.target.split('?')[0] ?? '/',
})

/** Faults of later requests to a back end, and of what several back ends have in common. */
export const REQUEST_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  afterFirst('login-once', 'sends its login with the first request only', withoutLogin),
  {
    name: 'headers-once',
    description: 'sends its configured headers with the first request only',
    points: () => {
      const asked = new Set<string>()
      return {
        backend: {
          request: (head, { url, httpHeaders = {} }) => {
            const isAgain = asked.has(url)
            asked.add(url)
            return isAgain ? withoutFields(head, ...Object.keys(httpHeaders)) : head
          },
        },
      }
    },
  },
  afterFirst('query-once', 'sends the query with the first request only', withoutQuery),
  afterRedirect(
    'login-lost-by-redirect',
    'sends no login after it has followed a redirect',
    withoutLogin,
  ),
  afterRedirect(
    'query-lost-by-redirect',
    'sends no query after it has followed a redirect',
    withoutQuery,
  ),
  {
    name: 'drops-equal',
    description: 'drops an event that equals the one before',
    points: () => {
      let before = Buffer.alloc(0)
      return {
        log: {
          append: (frame) => {
            const isEqual = frame.bytes.equals(before)
            before = Buffer.from(frame.bytes)
            return isEqual ? [] : [frame]
          },
        },
      }
    },
  },
  {
    name: 'starves-quiet',
    description: 'drops the events of the second back end while the first one writes',
    points: () => {
      const QUIET_MS = 2000
      let busyMs = -Infinity
      return {
        log: {
          append: (frame) => {
            const nowMs = performance.now()
            if (frame.backend === 0) busyMs = nowMs
            return frame.backend > 0 && nowMs - busyMs < QUIET_MS ? [] : [frame]
          },
        },
      }
    },
  },
]

type Change = (head: RequestHead) => RequestHead

function afterFirst(name: string, description: string, change: Change): Fault<ConcentratorFaults> {
  return {
    name,
    description,
    points: () => {
      const asked = new Set<string>()
      return {
        backend: {
          request: (head, { url }) => {
            const isAgain = asked.has(url)
            asked.add(url)
            return isAgain ? change(head) : head
          },
        },
      }
    },
  }
}

function afterRedirect(
  name: string,
  description: string,
  change: Change,
): Fault<ConcentratorFaults> {
  return {
    name,
    description,
    points: () => {
      let isRedirected = false
      return {
        backend: {
          request: (head, { url }) => {
            const { pathname, search } = new URL(url)
            isRedirected ||= head.target !== pathname + search
            return isRedirected ? change(head) : head
          },
        },
      }
    },
  }
}
