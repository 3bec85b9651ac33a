import { cutSetting } from './demo-options.ts'

/**
 * Far shorter than the proxy's `backEnd.silenceMs`: without heartbeats it takes a store without
 * edits for a dead one, and reconnects every ten minutes.
 */
const HEARTBEAT_MS = 15_000

/**
 * The store's settings as environment variables. A variable that is set already comes before the
 * default of the demo, and `settings` (`name=value`) come before all.
 */
export function storeEnvironment(
  settings: readonly string[],
  given: Readonly<NodeJS.ProcessEnv>,
): Readonly<Record<string, string>> {
  const variables = settings.map((setting) => {
    const [name, value] = cutSetting(setting)
    return [variableOf(name), value] as const
  })
  return {
    MCS_HEARTBEAT_MS: given['MCS_HEARTBEAT_MS'] ?? String(HEARTBEAT_MS),
    ...Object.fromEntries(variables),
  }
}

/** `heartbeatMs` as a variable: `MCS_HEARTBEAT_MS`. */
function variableOf(name: string): string {
  return `MCS_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}
