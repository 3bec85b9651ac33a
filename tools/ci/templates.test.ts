import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VERSION = 'v0.1.0'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const gitlab = z.record(z.string(), z.unknown()).parse(parse(read('tools/ci/gitlab.yml')))

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
