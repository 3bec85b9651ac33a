import { isProfileName, type Profile, PROFILES } from './profiles.ts'

/** What a script is told from outside, by `k6 run -e NAME=value` or by `npm run load`. */
export interface Settings {
  /** The proxy's stream. */
  readonly target: string
  /** The store's base URL, without a slash at the end. */
  readonly store: string
  /** `user:password` for the store's web service. */
  readonly login: string
  readonly profile: Profile
  /** How many streams the store itself must see meanwhile; undefined = any number. */
  readonly upstreams: number | undefined
  /** How long events may take to arrive at all streams. */
  readonly patienceMs: number
  /** Where the summary goes; undefined = to the screen. */
  readonly summaryPath: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Throws one error that names every variable that is missing or wrong. */
export function readSettings(environment: Environment): Settings {
  const mistakes: string[] = []
  const text = (name: string, fallback?: string): string => {
    const value = environment[name] ?? fallback
    if (value === undefined) mistakes.push(`${name} is missing`)
    return value ?? ''
  }
  const count = (name: string, fallback: number): number => {
    const value = environment[name]
    if (value === undefined) return fallback
    if (!/^[1-9][0-9]*$/.test(value)) mistakes.push(`${name}: expected a number, got "${value}"`)
    return Number(value)
  }
  const name = text('PROFILE', 'smoke')
  if (!isProfileName(name)) {
    mistakes.push(`PROFILE: expected ${Object.keys(PROFILES).join(', ')}, got "${name}"`)
  }
  const profile = PROFILES[isProfileName(name) ? name : 'smoke']
  const settings = {
    target: text('TARGET'),
    store: text('STORE').replace(/\/$/, ''),
    login: text('STORE_LOGIN', 'user:password'),
    profile: { ...profile, streams: count('STREAMS', profile.streams) },
    upstreams: environment['UPSTREAMS'] === 'any' ? undefined : count('UPSTREAMS', 1),
    patienceMs: count('PATIENCE_MS', 30_000),
    summaryPath: environment['SUMMARY'],
  }
  if (mistakes.length > 0) throw new Error(`set by k6 run -e NAME=value: ${mistakes.join('; ')}`)
  return settings
}
