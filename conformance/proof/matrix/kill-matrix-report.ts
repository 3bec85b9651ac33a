import { mkdirSync, writeFileSync } from 'node:fs'

import type { StreamCheck } from '../../checks/stream-check.ts'
import type { Role } from '../../runner/target.ts'
import { isKill, type MatrixColumn } from './kill-matrix.ts'

/** Names of the mutants that a check detected. */
export function killersOf(check: StreamCheck, columns: readonly MatrixColumn[]): readonly string[] {
  return columns
    .filter(({ kind, verdicts }) => kind === 'mutant' && isKill(verdicts.get(check.id), check))
    .map(({ name }) => name)
}

/**
 * Writes `reports/kill-matrix.ROLE.json` (every verdict) and `.md` (kills per check, one mark per
 * mutant).
 */
export function writeKillMatrix(
  role: Role,
  checks: readonly StreamCheck[],
  columns: readonly MatrixColumn[],
): void {
  mkdirSync('reports', { recursive: true })
  const data = columns.map(({ name, kind, verdicts, durationsMs }) => ({
    name,
    kind,
    verdicts: Object.fromEntries([...verdicts].map(([id, verdict]) => [id, verdict.kind])),
    durationsMs: Object.fromEntries([...durationsMs].map(([id, ms]) => [id, Math.round(ms)])),
  }))
  const json = { schema: 1, role, checks: checks.map(({ id }) => id), columns: data }
  writeFileSync(`reports/kill-matrix.${role}.json`, `${JSON.stringify(json, undefined, 1)}\n`)
  const count = (kind: MatrixColumn['kind']): number =>
    columns.filter((column) => column.kind === kind).length
  const lines = [
    `# Kill matrix: ${role}`,
    '',
    `${checks.length} checks, ${count('mutant')} mutants, ${count('benign')} benign variants, ${count('dead')} dead targets. SSE_CONFORMANCE_MATRIX=full runs quick checks on every mutant and the longest silences on the reference. Without it, quick checks run on the mutants that they name.`,
    '',
    '| check | kills | declared | some that it kills |',
    '|---|---|---|---|',
    ...checks.map((check) => {
      const killers = killersOf(check, columns)
      return `| ${check.id} | ${killers.length} | ${check.kills.join(', ')} | ${killers.slice(0, 8).join(', ')} |`
    }),
  ]
  writeFileSync(`reports/kill-matrix.${role}.md`, `${lines.join('\n')}\n`)
}
