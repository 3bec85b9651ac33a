import { CATALOGUE } from '../checks/catalogue.ts'
import { runSuite, type SuiteRun } from '../run-suite.ts'
import { CAPABILITIES, type Capability } from '../runner/target.ts'

/** One check per capability that shows whether a target has it. None: it needs further settings. */
const WITNESSES: Readonly<Partial<Record<Capability, string>>> = {
  replay: 'replay.exact',
  'query-id': 'replay.query-id',
  'gap-event': 'gap.told',
  verbatim: 'bytes.verbatim',
  'standing-upstream': 'up.opened-at-start',
  credentials: 'up.credentials',
  'header-override': 'up.header-override',
  'long-poll': 'poll.backlog',
  cors: 'cors.echo',
  admin: 'admin.ping',
}

/** Prints capabilities that work but are not claimed. They do not change the verdict. */
export async function tellHints(
  { target, results }: SuiteRun,
  print: (text: string) => void,
): Promise<void> {
  const { driver } = target
  if (results.some(({ verdict }) => verdict.kind === 'BLOCKED')) return
  const applies = new Set(
    CATALOGUE.filter(({ roles }) => roles.includes(driver.role)).map(({ id }) => id),
  )
  const unclaimed = CAPABILITIES.filter(
    (capability) =>
      !driver.claims.capabilities.includes(capability) && applies.has(WITNESSES[capability] ?? ''),
  )
  if (unclaimed.length === 0) return
  const tried = await runSuite({
    target: {
      ...target,
      driver: { ...driver, claims: { ...driver.claims, capabilities: CAPABILITIES } },
      expectations: undefined,
    },
    selection: {
      only: unclaimed.map((capability) => WITNESSES[capability] ?? ''),
      skip: [],
      maxIdleSeconds: 0,
    },
    serial: false,
    onResult: () => {},
  })
  const passed = new Set(
    tried.results.filter(({ verdict }) => verdict.kind === 'PASS').map(({ check }) => check.id),
  )
  for (const capability of unclaimed) {
    const witness = WITNESSES[capability] ?? ''
    if (!passed.has(witness)) continue
    const more = CATALOGUE.filter(({ needs }) => needs.includes(capability)).length
    print(
      `hint: ${capability} works (${witness}) and is not claimed; claimed, it lets ${more} more checks judge\n`,
    )
  }
}
