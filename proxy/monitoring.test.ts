import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { HubCounts } from './fanout/hub-counts.ts'
import { REFUSAL_REASONS } from './front/admission.ts'
import { describedMetrics, withMetrics } from './testing/metric-names.ts'

const PAGE = new URL('../docs/operations.md', import.meta.url)
const FOLDER = fileURLToPath(new URL('../packaging/monitoring', import.meta.url))
const PROMTOOL = '/usr/bin/promtool'

const read = (file: string): string => readFileSync(`${FOLDER}/${file}`, 'utf8')

const dashboard = z
  .object({
    panels: z.array(
      z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) }),
    ),
  })
  .parse(JSON.parse(read('grafana-dashboard.json')))
const rules = z
  .object({
    groups: z.array(
      z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) }),
    ),
  })
  .parse(parse(read('alerts.yaml')))
  .groups.flatMap((group) => group.rules)

/** Each use of a metric, with the labels and values that it names: `name`, `reason=~"a|b"`. */
function usesIn(expression: string): readonly (readonly [string, string])[] {
  return [...expression.matchAll(/(sse_proxy_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', labels = '']) => [name, labels] as const,
  )
}

/** What is wrong with the metrics of an expression. */
function mistakesIn(expression: string): readonly string[] {
  const known = new Map(describedMetrics().map((metric) => [metric.name, metric.labelNames]))
  const reasons = new Set<string>([
    ...REFUSAL_REASONS,
    ...Object.keys(new HubCounts().ended),
    'timeout',
    'closed',
    'certificate',
    'protocol',
  ])
  return usesIn(expression).flatMap(([name, matchers]) => {
    const labels = known.get(name)
    if (labels === undefined) return [`there is no metric ${name}`]
    return [...matchers.matchAll(/(\w+)(?:=~?|!=|!~)"([^"]*)"/g)].flatMap(
      ([, label = '', value = '']) => {
        if (label === 'instance') return []
        if (!labels.includes(label)) return [`${name} has no label ${label}`]
        const values = label === 'reason' ? value.split('|') : []
        return values.filter((each) => !reasons.has(each)).map((each) => `no reason is ${each}`)
      },
    )
  })
}

async function promtool(command: string, file: string): Promise<string> {
  return (await execa(PROMTOOL, [command, 'rules', file], { cwd: FOLDER, all: true })).all
}

describe('packaging/monitoring', () => {
  it('docs/operations.md lists the metrics as the code has them (UPDATE_GOLDEN=yes writes them)', () => {
    const expected = withMetrics(readFileSync(PAGE, 'utf8'))
    if (process.env['UPDATE_GOLDEN'] === 'yes') writeFileSync(PAGE, expected)
    expect(readFileSync(PAGE, 'utf8')).toBe(expected)
  })

  it('the dashboard and the alert rules use only metrics, labels and reasons that exist', () => {
    const expressions = [
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...rules.map(({ expr }) => expr),
    ]
    expect(expressions.filter((each) => usesIn(each).length > 0).length).toBeGreaterThan(20)
    expect(expressions.flatMap(mistakesIn)).toEqual([])
    expect(mistakesIn('sse_proxy_client')).toEqual(['there is no metric sse_proxy_client'])
    expect(mistakesIn('sse_proxy_refused_total{why="full"}')).toHaveLength(1)
    expect(mistakesIn('sse_proxy_refused_total{reason="fulll"}')).toHaveLength(1)
  })

  it('docs/installing.md says for each alert what to do', () => {
    const page = readFileSync(new URL('../docs/installing.md', import.meta.url), 'utf8')
    const documented = [...page.matchAll(/^\| `(SseProxy\w+)` \|/gm)].map(([, name]) => name)
    expect(documented).toEqual(rules.map(({ alert }) => alert))
  })

  it('the alert rules have a case in which each of them fires, and one in which none does', () => {
    const cases = z
      .object({
        tests: z.array(
          z.object({
            alert_rule_test: z.array(
              z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).optional() }),
            ),
          }),
        ),
      })
      .parse(parse(read('alerts.test.yaml')))
    const [quiet = [], firing = []] = cases.tests.map(({ alert_rule_test: each }) => each)
    const names = rules.map(({ alert }) => alert)
    expect(quiet.map(({ alertname }) => alertname)).toEqual(names)
    expect(quiet.filter(({ exp_alerts: alerts }) => alerts !== undefined)).toEqual([])
    expect(firing.map(({ alertname }) => alertname)).toEqual(names)
    expect(firing.filter(({ exp_alerts: alerts = [] }) => alerts.length === 0)).toEqual([])
  })

  it.skipIf(!existsSync(PROMTOOL))(
    'promtool accepts the alert rules and their cases (skipped without the Debian package prometheus)',
    async () => {
      expect(await promtool('check', 'alerts.yaml')).toContain(
        `SUCCESS: ${rules.length} rules found`,
      )
      expect(await promtool('test', 'alerts.test.yaml')).toContain('SUCCESS')
    },
  )
})
