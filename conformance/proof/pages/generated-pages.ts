import { readFileSync } from 'node:fs'

import { CATALOGUE } from '../../checks/catalogue.ts'
import { DEAD_TARGETS } from '../mutants/dead-targets.ts'
import { MUTANTS } from '../mutants/mutants.ts'
import { checkTable } from './check-table.ts'
import { knownFaultModules } from './known-faults.ts'
import { killMatrixPage } from './kill-matrix-page.ts'
import { reportJsonSchema } from '../../report/machine/report-schema.ts'

/** Pages generated from the catalogue: path and text. */
export function generatedPages(): Readonly<Record<string, string>> {
  const table = `<!-- checks -->\n\n${checkTable(CATALOGUE)}\n<!-- /checks -->`
  const page = readFileSync('docs/conformance.md', 'utf8')
  const dead = new Set(DEAD_TARGETS.map(({ name }) => name))
  return {
    'docs/conformance.md': page.replace(/<!-- checks -->[^]*<!-- \/checks -->/, () => table),
    'conformance/report/machine/report.schema.json': reportJsonSchema(),
    ...knownFaultModules(MUTANTS),
    'docs/kill-matrix.md': killMatrixPage(CATALOGUE, MUTANTS, [...dead]),
  }
}
