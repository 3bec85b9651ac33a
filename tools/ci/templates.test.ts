import { readFileSync, existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { downloadEnvironment } from '../test-run/download-environment.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const isWanted = process.env['PACKAGE_TEST'] === 'on'
const JOB_MS = 900_000
const VERSION = 'v0.1.0'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const step = z.object({
  name: z.string().optional(),
  uses: z.string().optional(),
  if: z.string().optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
})
const action = z
  .object({ runs: z.object({ steps: z.array(step) }) })
  .parse(parse(read('tools/ci/action.yml')))
const { steps } = action.runs

const job = z.object({
  extends: z.string().optional(),
  variables: z.record(z.string(), z.string()).optional(),
  before_script: z.array(z.string()).optional(),
  script: z.array(z.string()).optional(),
})
const gitlab = z.record(z.string(), z.unknown()).parse(parse(read('tools/ci/gitlab.yml')))

/** A job with what it extends. */
function jobOf(name: string): z.infer<typeof job> {
  const own = job.parse(gitlab[name])
  if (own.extends === undefined) return own
  const base = jobOf(own.extends)
  return { ...base, ...own, variables: { ...base.variables, ...own.variables } }
}

/** The value of `${{ NAME }}` in a template of GitHub. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{ ([\w.]+) \}\}/g, (_all, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the template names ${name}`)
    return value
  })
}

const blocksIn = (page: string): readonly string[] =>
  [...read(page).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block)

describe('the templates of tools/ci', () => {
  it('the action pins each action that it uses by a commit, and so does docs/ci.md', () => {
    const used = [...read('tools/ci/action.yml').matchAll(/uses: (.+)$/gm)].map(([, name]) => name)
    expect(used.length).toBeGreaterThan(3)
    for (const name of used) expect(name).toMatch(/^[\w/-]+@[0-9a-f]{40} # v\d/)
    for (const [, name] of read('docs/ci.md').matchAll(/uses: (actions\/.+)$/gm))
      expect(name).toMatch(/@[0-9a-f]{40} # v\d/)
  })

  it('docs/ci.md has at most 20 lines to copy for each, which are YAML and name inputs and jobs that exist', () => {
    const [github = '', gitlabLines = ''] = blocksIn('docs/ci.md')
    for (const block of [github, gitlabLines])
      expect(block.trimEnd().split('\n').length).toBeLessThanOrEqual(20)
    const { inputs } = z
      .object({ inputs: z.record(z.string(), z.unknown()) })
      .parse(parse(read('tools/ci/action.yml')))
    const workflow = z
      .object({
        jobs: z.object({
          proxy: z.looseObject({
            steps: z.array(z.looseObject({ with: z.record(z.string(), z.string()).optional() })),
          }),
        }),
      })
      .parse(parse(github))
    const given = workflow.jobs.proxy.steps.flatMap(({ with: values = {} }) => Object.keys(values))
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(given))
    const jobs = [...gitlabLines.matchAll(/extends: (\S+)/g)].map(([, name]) => name)
    expect(Object.keys(gitlab)).toEqual(expect.arrayContaining(jobs))
  })

  it('the templates and docs/ci.md name the version of the package', () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')))
    expect(`v${version}`).toBe(VERSION)
    expect(z.object({ SSE_VERSION: z.string() }).parse(gitlab['variables']).SSE_VERSION).toBe(
      VERSION,
    )
    const named = [...read('docs/ci.md').matchAll(/(?:tools\/ci@|ref: )(\S+)/g)]
    expect(named.map(([, tag]) => tag)).toEqual([VERSION, VERSION, VERSION, VERSION])
  })
})

describe.skipIf(!isWanted)(
  'the commands of the templates, each in a clean folder (npm run test:full runs them)',
  () => {
    let folder = ''
    let repository = ''

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'templates-'))
      repository = join(folder, 'repository')
      await execa('git', ['clone', '--quiet', ROOT, repository])
      await execa('git', ['tag', '--force', VERSION], { cwd: repository })
    })
    afterAll(async () => {
      await rm(folder, { recursive: true, force: true })
    })

    /** A folder of a user whose proxy is ours, with the file that the suite starts it by. */
    const project = async (name: string, tools: string): Promise<string> => {
      const place = join(folder, name)
      await mkdir(place)
      const main = JSON.stringify(join(tools, 'dist/proxy/main.js'))
      const target = `
name: mine
product: the proxy of a user
role: concentrator
claims: {backends: 1, capabilities: [replay], reconnectWithinMs: 2000}
spawn:
  command: [node, ${main}, server, '{configFile}']
  configName: sse-proxy.yaml
  config: |
    server:
      applicationConnectors: [{type: http, port: {frontPort}}]
      adminConnectors: [{type: http, port: {adminPort}}]
    backends: {backendList}
    proxy: {backEnd: {steadyMs: 500, reconnectFirstMs: 50, reconnectCapMs: 1000}}
`
      await writeFile(join(place, 'my-proxy.yaml'), target)
      return place
    }

    const shell = async (
      script: string,
      cwd: string,
      env: Readonly<Record<string, string>>,
    ): Promise<void> => {
      const flags = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script]
      const variables = { ...downloadEnvironment(), ...env }
      await execa('bash', flags, { cwd, env: variables, all: true, timeout: JOB_MS })
    }

    /** Runs these steps of the action as GitHub does. Returns the summary. */
    const runSteps = async (
      chosen: typeof steps,
      place: string,
      tools: string,
      inputs: { readonly run: string; readonly args: string },
    ): Promise<string> => {
      const summary = join(place, 'summary.md')
      const values = {
        'github.action_path': join(tools, 'tools/ci'),
        'inputs.run': inputs.run,
        'inputs.args': inputs.args,
      }
      for (const { run, env = {}, if: condition } of chosen) {
        if (run === undefined) continue
        if (condition?.includes(inputs.run === 'suite' ? "!= 'suite'" : "== 'suite'") === true)
          continue
        const given = Object.entries(env).map(([name, text]) => [name, filled(text, values)])
        const own: Record<string, string> = Object.fromEntries(given)
        await shell(run, place, { ...own, GITHUB_STEP_SUMMARY: summary })
      }
      return readFile(summary, 'utf8')
    }

    it(
      'the action judges a proxy by the suite and by a smoke load, with reports and a summary',
      { timeout: JOB_MS },
      async () => {
        const tools = join(folder, 'action')
        await cp(repository, tools, { recursive: true })
        const place = await project('github', tools)
        const args = '--target my-proxy.yaml --only flush.*'
        const suite = await runSteps(steps, place, tools, { run: 'suite', args })
        expect(suite).toContain('| flush |')
        // The second job would install the same again.
        const others = steps.filter(({ name }) => name !== 'install')
        expect(others).toHaveLength(steps.length - 1)
        const smoke = await runSteps(others, place, tools, { run: 'smoke', args: '--streams 20' })
        expect(smoke).toContain('smoke: passed')
        for (const report of ['suite.xml', 'suite.html', 'summary.md', 'smoke.junit.xml'])
          expect(existsSync(join(place, 'reports', report)), report).toBe(true)
      },
    )

    it(
      'the jobs of GitLab judge a proxy by the suite and by a smoke load, with reports',
      { timeout: JOB_MS },
      async () => {
        const tools = join(folder, 'gitlab', '.sse-tools')
        const place = await project('gitlab', tools)
        const install = jobOf('.sse-tools').before_script
        for (const [name, args, before = []] of [
          ['.sse-suite', '--target my-proxy.yaml --only flush.*', install],
          // It would install the same again.
          ['.sse-smoke', '--streams 20'],
        ] as const) {
          const { variables = {}, before_script: own = [], script = [] } = jobOf(name)
          expect(own).toEqual(install)
          // Those of this machine are warm.
          const kept = Object.entries(variables).filter(([key]) => !/cache$/i.test(key))
          const env = {
            ...Object.fromEntries(kept),
            CI_PROJECT_DIR: place,
            SSE_TOOLS: tools,
            SSE_ARGS: args,
            SSE_VERSION: VERSION,
            SSE_REPOSITORY: `file://${repository}`,
          }
          await shell([...before, ...script].join('\n'), place, env)
        }
        for (const report of ['suite.xml', 'suite.html', 'smoke.junit.xml'])
          expect(existsSync(join(place, 'reports', report)), report).toBe(true)
      },
    )
  },
)
