import type { Claim } from '../lib/settings/claims.ts'

/** Requirements of a scenario. */
export interface Scenario {
  /** Its purpose, in one line. */
  readonly about: string
  /**
   * `store`: the Mock Content Store. `origin`: the back end of `load/origin`, which numbers its
   * events. `none`: whatever the proxy of the user is connected to.
   */
  readonly backEnd: 'store' | 'origin' | 'none'
  /** What a proxy must claim, because the scenario verifies little else. Default: nothing. */
  readonly needs?: Claim | undefined
  /** File in `load/scenarios`, without `.ts`. Default: the name of the scenario. */
  readonly script?: string | undefined
  /** Proxies below a parent. Default: one, without a parent. */
  readonly proxies?: number | undefined
  /** Whether a long-poll server is started in front of the store. Default: no. */
  readonly longPoll?: boolean | undefined
  /** Whether a k6 without the extension can run it. Default: no. */
  readonly isForStockK6?: boolean | undefined
  /** Fraction of the profile's streams, for scenarios with expensive streams. Default 1. */
  readonly share?: number | undefined
}

const SCENARIOS_BY_NAME = {
  smoke: {
    about: 'the whole path once: connect, publish, disconnect, replay',
    backEnd: 'store',
    script: 'delivery',
  },
  scaling: {
    about: "the same checks with the profile's number of streams",
    backEnd: 'store',
    script: 'delivery',
  },
  protocol: {
    about: 'head, methods and transcripts of a few streams, in a k6 without the extension',
    backEnd: 'store',
    isForStockK6: true,
    share: 0.001,
  },
  replay: {
    about: 'an exact replay from each position of a transcript, in a k6 without the extension',
    backEnd: 'store',
    needs: 'replay',
    isForStockK6: true,
    share: 0.001,
  },
  hierarchy: {
    about: 'the same checks as smoke through one parent proxy and three proxies below it',
    backEnd: 'store',
    script: 'delivery',
    proxies: 3,
  },
  soak: {
    about: 'the same checks in --rounds rounds, with pauses',
    backEnd: 'store',
    script: 'delivery',
  },
  'fan-out': {
    about: 'time of an event to the last of 200 … 28,000 clients',
    backEnd: 'origin',
  },
  'reconnect-storm': {
    about: 'half of the clients, or a tenth of 28,000, reconnect at once and miss 200 events',
    backEnd: 'origin',
    needs: 'replay',
  },
  'slow-consumers': {
    about: 'a tenth of the clients stops reading, without effect on the others',
    backEnd: 'origin',
    // The kernel buffers megabytes for each stalled client, so all others must read as much.
    share: 0.1,
  },
  'polling-cost': {
    about: 'polling, long polling and the event stream: requests, bytes, CPU, delay',
    backEnd: 'store',
    longPoll: true,
    // All clients are in one shard, and their number is what a store can answer in one second.
    share: 0.03,
  },
  listen: {
    about:
      'your proxy in front of your own store: streams against each other, edits by your command',
    backEnd: 'none',
  },
  'store-limit': {
    about: '201 direct clients block the store; clients of the proxy never do',
    backEnd: 'store',
  },
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof SCENARIOS_BY_NAME

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = SCENARIOS_BY_NAME

export function isScenarioName(name: unknown): name is ScenarioName {
  return typeof name === 'string' && Object.hasOwn(SCENARIOS, name)
}
