import { stringify } from 'yaml'

import { CATALOGUE } from '../checks/catalogue.ts'
import { MEASURES } from '../checks/measures.ts'
import { COMMAND } from '../command-name.ts'
import { loadTarget, type LoadedTarget } from '../drivers/load-target.ts'
import { runSuite } from '../run-suite.ts'
import { CAPABILITIES, FRONT_CAPABILITIES, type Capability } from '../runner/target.ts'
import type { ProbeOptions } from './options.ts'
import { RunConsole, type RunConsoleOptions } from './run-console.ts'
import { requireWritable, writeText } from './write-text.ts'

/**
 * `probe`: measures what a target could claim, and writes a target file. It runs every check that
 * needs exactly one capability, claimed or not. Measured numbers get a margin. Returns the exit
 * code.
 */
export async function probeCommand(
  options: ProbeOptions,
  streams: Omit<RunConsoleOptions, 'isQuiet'>,
): Promise<number> {
  using console = new RunConsole({ ...streams, isQuiet: options.isQuiet })
  const { print } = console
  const target = loadTarget({ ...options, print })
  if (options.out !== undefined) requireWritable(options.out)
  const shown = await probe(target, console)
  if (shown === undefined) {
    print('The target could not be measured: a gate failed, see above.\n')
    return 3
  }
  const { name, product, role, tls, values, spawn, external } = target.file
  const text = stringify({
    name,
    product,
    role,
    claims: shown,
    tls,
    ...(Object.keys(values).length === 0 ? {} : { values }),
    spawn,
    external,
  })
  if (options.out === undefined) print(`\n${text}`)
  else writeText(options.out, text)
  if (options.out !== undefined)
    print(`\n${options.out} is written; judge with ${COMMAND} --target ${options.out}\n`)
  return 0
}

async function probe(
  target: LoadedTarget,
  console: RunConsole,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { driver } = target
  // [http/2 §3.3] Without TLS a client has to know that HTTP/2 is spoken.
  const possible = CAPABILITIES.filter(
    (capability) => !FRONT_CAPABILITIES.includes(capability) || driver.trust !== undefined,
  ).filter((capability) => capability !== 'h2c')
  const checks = CATALOGUE.filter(
    ({ needs, roles, variant }) =>
      needs.length === 1 && roles.includes(driver.role) && variant === undefined,
  )
  const generous = { ...driver, claims: { ...driver.claims, capabilities: possible } }
  const measured = [...CATALOGUE.filter(({ level }) => level === 'gate'), ...checks, ...MEASURES]
  const selection = { only: [], skip: [], maxIdleSeconds: 0 }
  console.plan(measured, generous, selection)
  const { results } = await runSuite({
    target: { ...target, driver: generous, expectations: undefined },
    checks: measured,
    selection,
    serial: false,
    onResult: console.addResult,
  })
  if (results.some(({ verdict }) => verdict.kind === 'BLOCKED')) return undefined
  const works = (capability: Capability): boolean => {
    const judged = results.filter(({ check }) => check.needs.includes(capability))
    return judged.length > 0 && judged.every(({ verdict }) => verdict.kind === 'PASS')
  }
  const numbers = results.flatMap(({ check, verdict }) => {
    const ms = /^(\d+) ms/.exec(verdict.reason)?.[1]
    const [, name = ''] = /^measure\.(.*)$/.exec(check.id) ?? []
    return name === '' || ms === undefined ? [] : [[CLAIMS[name], Number(ms)] as const]
  })
  const { capabilities: _claimed, variants: _described, ...known } = driver.claims
  return {
    ...known,
    capabilities: CAPABILITIES.filter(works),
    ...Object.fromEntries(numbers),
  }
}

/** Which claim a measure is for. */
const CLAIMS: Readonly<Record<string, string>> = {
  reconnect: 'reconnectWithinMs',
  heartbeat: 'heartbeatMs',
}
