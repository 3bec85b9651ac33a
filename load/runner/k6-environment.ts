import { SCRIPT_SETTINGS } from '../lib/settings/settings.ts'
import { variableOf } from '../lib/settings/setting.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** Settings of k6, by the start of their names, that cannot change what a run does or verifies. */
const HARMLESS = [
  'K6_BIN',
  'K6_DNS',
  'K6_INFLUXDB_',
  'K6_INSECURE_SKIP_TLS_VERIFY',
  'K6_OTEL_',
  'K6_OUT',
  'K6_PROMETHEUS_RW_',
  'K6_STATSD_',
  'K6_TAGS',
  'K6_TLS_',
  'K6_WEB_DASHBOARD',
]
/** Load tests send no usage report, and need no remote build of extensions. */
const OURS = { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' }
const SCRIPT_VARIABLES = new Set(Object.values(SCRIPT_SETTINGS).map(({ name }) => variableOf(name)))

/** Variables of `given` that would change a run, and are therefore kept from k6. */
export function withheldVariables(given: Variables): readonly string[] {
  return Object.keys(given).filter(
    (name) => name.startsWith('K6_') && !HARMLESS.some((start) => name.startsWith(start)),
  )
}

/**
 * The environment of k6. Scripts read their settings from it, because a login on the command line
 * would be visible to every user of the machine.
 */
export function k6Environment(
  given: Variables,
  settings: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  const withheld = new Set(withheldVariables(given))
  const passed = Object.entries(given).filter(
    ([name]) => !withheld.has(name) && !SCRIPT_VARIABLES.has(name),
  )
  return { ...Object.fromEntries(passed), ...OURS, ...settings }
}
