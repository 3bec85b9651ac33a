import type { StreamCheck } from '../../checks/stream-check.ts'

const ROLES = { concentrator: 'C', gateway: 'G' } as const

/** The catalogue as Markdown tables, one per group. */
export function checkTable(checks: readonly StreamCheck[]): string {
  const groups = groupByPrefix(checks)
  const sections = [...groups].map(([group, members]) =>
    [
      `#### ${group}`,
      '',
      '| check | for | level | basis | rule | a target that passes |',
      '|---|---|---|---|---|---|',
      ...members.map(row),
    ].join('\n'),
  )
  return `${sections.join('\n\n')}\n`
}

function row({ id, title, level, basis, source, roles, needs }: StreamCheck): string {
  const who = roles.map((role) => ROLES[role]).join(' ')
  const claims = needs.length === 0 ? '' : ` (needs ${needs.join(', ')})`
  return `| \`${id}\` | ${who} | ${level} | ${basis} | ${source} | ${title}${claims} |`
}

function groupByPrefix(
  checks: readonly StreamCheck[],
): ReadonlyMap<string, readonly StreamCheck[]> {
  const groups = new Map<string, StreamCheck[]>()
  for (const check of checks) {
    const group = check.id.split('.')[0] ?? ''
    groups.set(group, [...(groups.get(group) ?? []), check])
  }
  return groups
}
