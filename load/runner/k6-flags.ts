/** Flags of k6 that cannot change what a run does or verifies, and whether each takes a value. */
const PASSED: Readonly<Record<string, boolean>> = {
  '--out': true,
  '--tag': true,
  '--summary-export': true,
  '--system-tags': true,
  '--insecure-skip-tls-verify': false,
  '--verbose': false,
}
const LONG_NAMES: Readonly<Record<string, string>> = { '-o': '--out', '-v': '--verbose' }
const DASHBOARD_PORT = 5665

/** The own arguments, and those after the first `--`, which are for k6. */
export function splitArguments(args: readonly string[]): {
  readonly own: readonly string[]
  readonly k6: readonly string[]
} {
  const end = args.indexOf('--')
  return end === -1 ? { own: args, k6: [] } : { own: args.slice(0, end), k6: args.slice(end + 1) }
}

/**
 * Reads flags for k6 into one `--name` or `--name=value` each. Flags that would change the run
 * become lines of `mistakes`.
 */
export function readK6Flags(args: readonly string[], mistakes: string[]): readonly string[] {
  const flags: string[] = []
  const rest = [...args]
  for (let given = rest.shift(); given !== undefined; given = rest.shift()) {
    const equals = given.indexOf('=')
    const short = equals === -1 ? given : given.slice(0, equals)
    const name = LONG_NAMES[short] ?? short
    const takesValue = Object.hasOwn(PASSED, name) ? PASSED[name] : undefined
    if (takesValue === undefined) {
      mistakes.push(
        `${given}: expected a flag of k6 that cannot change the run, after --: ${Object.keys(PASSED).join(', ')}`,
      )
      if (rest[0]?.startsWith('-') === false) rest.shift()
      continue
    }
    if (!takesValue) {
      flags.push(name)
      continue
    }
    const value = equals === -1 ? rest.shift() : given.slice(equals + 1)
    if (value === undefined || value === '') mistakes.push(`${name}: expected a value`)
    else flags.push(`${name}=${value}`)
  }
  return flags
}

/**
 * The flags of one of several k6 processes: each writes files of its own, `samples-2.json` for the
 * second one, and serves its web dashboard on a port of its own.
 */
export function flagsOfProcess(flags: readonly string[], index: number): readonly string[] {
  if (index === 1) return flags
  return flags.map((flag) => {
    if (flag.startsWith('--summary-export=')) return numbered(flag, index)
    return flag.startsWith('--out=') ? `--out=${outputOfProcess(flag.slice(6), index)}` : flag
  })
}

/** The same for variables of k6. */
export function variablesOfProcess(
  given: Readonly<Record<string, string | undefined>>,
  index: number,
): Readonly<Record<string, string>> {
  if (index === 1) return {}
  const { K6_OUT: out, K6_WEB_DASHBOARD_EXPORT: report } = given
  const port = Number(given['K6_WEB_DASHBOARD_PORT'] ?? DASHBOARD_PORT)
  return {
    ...(out !== undefined && { K6_OUT: outputOfProcess(out, index) }),
    ...(report !== undefined && { K6_WEB_DASHBOARD_EXPORT: numbered(report, index) }),
    ...(port > 0 && { K6_WEB_DASHBOARD_PORT: String(port + index - 1) }),
  }
}

function outputOfProcess(output: string, index: number): string {
  if (/^(?:json|csv)=./.test(output)) return numbered(output, index)
  if (!output.startsWith('web-dashboard=')) return output
  const settings = output.slice('web-dashboard='.length).split('&')
  const own = settings.map((setting) => {
    if (setting.startsWith('export=')) return numbered(setting, index)
    const port = /^port=(\d{1,5})$/.exec(setting)?.[1]
    return port === undefined ? setting : `port=${Number(port) + index - 1}`
  })
  return `web-dashboard=${own.join('&')}`
}

/** `samples.json.gz` becomes `samples-2.json.gz`. */
function numbered(path: string, index: number): string {
  const name = path.lastIndexOf('/') + 1
  const dot = path.indexOf('.', name)
  return dot <= name ? `${path}-${index}` : `${path.slice(0, dot)}-${index}${path.slice(dot)}`
}
