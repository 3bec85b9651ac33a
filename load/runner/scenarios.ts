/** What a scenario needs. */
export interface Scenario {
  /** What it shows, in one line. */
  readonly about: string
  /** `store`: the Mock Content Store. `origin`: the back end of `load/origin`, which numbers its events. */
  readonly backEnd: 'store' | 'origin'
  /** File in `load/scenarios`, without `.ts`. Default: the name of the scenario. */
  readonly script?: string | undefined
  /** Proxies below a parent. Default: one, without a parent. */
  readonly proxies?: number | undefined
  /** Whether the stand-in for long polling is started in front of the store. Default: no. */
  readonly longPoll?: boolean | undefined
  /** Fraction of the profile's streams, where each stream costs more than elsewhere. Default 1. */
  readonly share?: number | undefined
}

const SCENARIOS_BY_NAME = {
  smoke: {
    about: 'the whole path once: open, publish, disconnect, replay',
    backEnd: 'store',
    script: 'delivery',
  },
  scaling: {
    about: "the same proof with the profile's number of streams",
    backEnd: 'store',
    script: 'delivery',
  },
  protocol: {
    about: 'head, methods and transcripts of a few streams, in a k6 without the extension',
    backEnd: 'store',
    share: 0.001,
  },
  replay: {
    about: 'an exact replay from each position of a transcript, in a k6 without the extension',
    backEnd: 'store',
    share: 0.001,
  },
  hierarchy: {
    about: 'the same proof as smoke through one parent proxy and three proxies below it',
    backEnd: 'store',
    script: 'delivery',
    proxies: 3,
  },
  soak: {
    about: 'the same proof again and again, with pauses, --rounds times',
    backEnd: 'store',
    script: 'delivery',
  },
  'fan-out': {
    about: 'how long an event takes to the last of 200 … 28,000 clients',
    backEnd: 'origin',
  },
  'reconnect-storm': {
    about: 'half of the clients, or a tenth of 28,000, return at once and are owed 200 events',
    backEnd: 'origin',
  },
  'slow-consumers': {
    about: 'a tenth of the clients stops reading; the others must not notice',
    backEnd: 'origin',
    // A kernel buffers megabytes for each client that does not read, and all others have to read as much.
    share: 0.1,
  },
  'polling-cost': {
    about: 'polling, long polling and the event stream: requests, bytes, CPU, delay',
    backEnd: 'store',
    longPoll: true,
    // All clients are in one shard, and no more than a store can answer each second.
    share: 0.03,
  },
  'store-limit': {
    about: '201 direct clients stall the store; any number through the proxy does not',
    backEnd: 'store',
  },
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof SCENARIOS_BY_NAME

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = SCENARIOS_BY_NAME

export function isScenarioName(name: unknown): name is ScenarioName {
  return typeof name === 'string' && Object.hasOwn(SCENARIOS, name)
}
