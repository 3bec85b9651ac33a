/** What a scenario needs to be set up for it. */
interface Scenario {
  /** What it shows, in a line. */
  readonly about: string
  /** `store`: the Mock Content Store. `origin`: the numbering back end of `load/origin`. */
  readonly backEnd: 'store' | 'origin'
  /** Proxies below a parent. Default: one, without a parent. */
  readonly proxies?: number | undefined
  /** Whether the stand-in for long polling is started in front of the store. Default: no. */
  readonly longPoll?: boolean | undefined
  /** Part of the profile's streams, where each of them costs more than elsewhere. Default 1. */
  readonly share?: number | undefined
}

const SCENARIOS_BY_NAME = {
  smoke: { about: 'the whole path once: open, publish, drop, replay', backEnd: 'store' },
  scaling: { about: 'the same proof with as many streams as the profile says', backEnd: 'store' },
  protocol: {
    about: 'head, methods and transcripts of a few streams, by a k6 without extension',
    backEnd: 'store',
    share: 0.001,
  },
  replay: {
    about: 'an exact replay from each place of a transcript, by a k6 without extension',
    backEnd: 'store',
    share: 0.001,
  },
  hierarchy: {
    about: 'the same proof through one parent proxy and three below it',
    backEnd: 'store',
    proxies: 3,
  },
  soak: { about: 'the same proof again and again, with pauses, --rounds times', backEnd: 'store' },
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
    // What a kernel hides for each that does not read is megabytes, and all others have to read as much.
    share: 0.1,
  },
  'polling-cost': {
    about:
      'the same changes followed by polling, long polling and the event stream: requests, bytes, CPU, delay',
    backEnd: 'store',
    longPoll: true,
    // All of them in one part, and no more than a store can answer each second.
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
