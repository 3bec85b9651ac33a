import { CATALOGUE } from './conformance/checks/catalogue.ts'
import { MUTANTS } from './conformance/proof/mutants/mutants.ts'
import { buildKillMatrix, isRejected } from './conformance/proof/matrix/kill-matrix.ts'
const ids = new RegExp(process.argv[2])
for (const role of ['concentrator', 'gateway'] as const) {
  const subjects = MUTANTS.filter((m: any) => m.benign && m.role === role).map((m: any) => ({
    kind: 'benign' as const,
    driver: m.driver,
    only: m.only,
  }))
  const cols = await buildKillMatrix({
    checks: CATALOGUE.filter(
      (c: any) => c.roles.includes(role) && c.cost !== 'idle' && ids.test(c.id),
    ),
    subjects,
    holdMs: 1000,
    full: false,
    concurrency: 6,
  })
  for (const c of cols) {
    const bad = [...c.verdicts].filter(([, v]) => isRejected(v))
    if (bad.length) {
      console.log(role, c.name, c.kind, c.verdicts.size, bad.length, 'rejected')
      for (const [id, v] of bad) console.log('   ', id, v.kind, v.reason.slice(0, 200))
    }
  }
  console.log(role, cols.length, 'variants')
}
process.exit(0)
