import type { StreamCheck } from '../../checks/stream-check.ts'
import type { Mutant } from '../mutants/mutant.ts'
import { ROLES, type Role } from '../../runner/target.ts'

/**
 * The page that shows which check fails on which mutant. It lists the declared kills. The tests of
 * the suite fail when a declared kill does not happen, when no check names a mutant, or when a
 * check rejects a harmless variant.
 */
export function killMatrixPage(
  checks: readonly StreamCheck[],
  mutants: readonly Mutant[],
  deadTargets: readonly string[],
): string {
  const count = (role: Role, benign: boolean): number =>
    mutants.filter((mutant) => mutant.role === role && mutant.benign === benign).length
  const scored = (role: Role): number =>
    checks.filter(
      ({ roles, level }) => roles.includes(role) && level !== 'gate' && level !== 'info',
    ).length
  return [
    '# The kill matrix',
    '',
    'Every check is seen to fail: `npm test` runs it against each mutant in its row, which it has to catch, against all harmless variants, which',
    'it has to pass, and against all dead targets, none of which it may pass. The page is written by `npm run pages:checks`,',
    'and a test fails when it is out of date, when a mutant is in no row, or when a kill does not happen. A CI run leaves every verdict in',
    '`reports/kill-matrix.*`. To try a mutant by hand: [writing-checks.md](writing-checks.md).',
    '',
    '| role | scored checks | mutants | harmless variants | dead targets |',
    '|---|---|---|---|---|',
    ...ROLES.map(
      (role) =>
        `| ${role} | ${scored(role)} | ${count(role, false)} | ${count(role, true)} | ${deadTargets.length} |`,
    ),
    '',
    ...ROLES.flatMap((role) => roleSection(role, checks, mutants)),
    '## Harmless variants',
    '',
    'Each passes every check of its role.',
    '',
    '| variant | role | what it does |',
    '|---|---|---|',
    ...mutants
      .filter(({ benign }) => benign)
      .map(({ name, role, description }) => `| \`${name}\` | ${role} | ${description} |`),
    '',
    '## Dead targets',
    '',
    'They claim everything. Only `base.reach` may pass, where the target does answer.',
    '',
    deadTargets.map((name) => `\`${name}\``).join(' · '),
    '',
  ].join('\n')
}

function roleSection(
  role: Role,
  checks: readonly StreamCheck[],
  mutants: readonly Mutant[],
): readonly string[] {
  const broken = mutants.filter((mutant) => mutant.role === role && !mutant.benign)
  const names = new Set(broken.map(({ name }) => name))
  const own = checks.filter(({ roles }) => roles.includes(role))
  return [
    `## Checks of a ${role}`,
    '',
    '| check | catches |',
    '|---|---|',
    ...own.map(
      ({ id, kills }) =>
        `| \`${id}\` | ${kills
          .filter((name) => names.has(name))
          .map((name) => `\`${name}\``)
          .join(' ')} |`,
    ),
    '',
    `## Mutants of a ${role}`,
    '',
    '| mutant | what it does | caught by |',
    '|---|---|---|',
    ...broken.map(({ name, description }) => {
      const killers = own.filter(({ kills }) => kills.includes(name)).map(({ id }) => `\`${id}\``)
      return `| \`${name}\` | ${description} | ${killers.join(' ')} |`
    }),
    '',
  ]
}
