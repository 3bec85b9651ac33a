import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'

import { readSettings } from '../lib/settings/settings.ts'
import { mistakesOf, structuralSchema } from '../testing/structural-schema.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const read = (file: string) => readFileSync(join(HERE, file), 'utf8')

/** The newest version that the public Go module proxy has. */
const OPERATOR = 'github.com/grafana/k6-operator@v1.5.0'
const testRun = z.looseObject({
  spec: z.looseObject({
    parallelism: z.int().positive(),
    arguments: z.string(),
    script: z.strictObject({ localFile: z.string().startsWith('/') }),
  }),
})

const { spec } = testRun.parse(parse(read('testrun.yaml')))
const variables = Object.fromEntries(
  [...spec.arguments.matchAll(/-e (\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
)
const dockerfile = read('../../tools/container/Dockerfile')

describe('k6-operator manifests', () => {
  it('testrun.yaml gives the scripts settings that they accept', () => {
    const settings = readSettings(variables)
    expect(settings.profile.streams).toBe(28_000)
    expect(settings.shards).toBe(settings.shardsInProcess * spec.parallelism)
  })

  it('barrier.yaml expects as many shards as testrun.yaml starts', () => {
    const [deployment, service] = parseAllDocuments(read('barrier.yaml')).map((document) => {
      return z.looseObject({ metadata: z.object({ name: z.string() }) }).parse(document.toJS())
    })
    const text = JSON.stringify(deployment)
    expect(text).toContain(`"--shards","${variables['SHARDS']}"`)
    const port = '7400'
    expect(variables['BARRIER']).toBe(`http://${service?.metadata.name}:${port}`)
    expect(JSON.stringify(service)).toContain(`"port":${port}`)
    expect(text).toContain(`"containerPort":${port}`)
  })

  it('testrun.yaml names a script that is in the image', async () => {
    const script = spec.script.localFile.replace(/^\/load\//, '')
    await expect(access(join(HERE, '..', script))).resolves.toBeUndefined()
    expect(dockerfile).toContain('COPY load/scenarios /load/scenarios')
    expect(dockerfile).toContain('COPY load/lib /load/lib')
  })

  it('Dockerfile builds k6 as the runner does', () => {
    expect(dockerfile).toContain(`CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o k6 ./cmd/k6`)
    expect(read('../k6/go.mod')).toMatch(/^go 1\.25/m)
  })
})

const definition = readDefinition()

describe.skipIf(definition === undefined)(
  "testrun.yaml by k6-operator's resource definition (needs Go 1.25: https://go.dev/dl, and its module proxy)",
  () => {
    const schema = structuralSchema.parse(definition)
    const manifest = read('testrun.yaml')

    it("testrun.yaml has only fields of k6-operator's resource definition", () => {
      expect(mistakesOf(parse(manifest), schema)).toEqual([])
    })

    it.each([
      [
        'parallelism: 4',
        'paralelism: 4',
        ['.spec.parallelism: missing', '.spec.paralelism: not known'],
      ],
      ['parallelism: 4', 'parallelism: four', ['.spec.parallelism: expected integer, got "four"']],
      ['cleanup: post', 'cleanup: pre', ['.spec.cleanup: expected one of post, got "pre"']],
      ['localFile:', 'file:', ['.spec.script.file: not known']],
      [
        'image: sse-load:latest',
        'image: [sse]',
        ['.spec.runner.image: expected string, got ["sse"]'],
      ],
      ["value: 'true'", "valu: 'true'", ['.spec.runner.env[0].valu: not known']],
      [
        'weight: 100',
        'wait: 100',
        [expect.stringMatching(/weight: missing$/), expect.stringMatching(/wait: not known$/)],
      ],
    ])(
      "k6-operator's resource definition refuses testrun.yaml with %s replaced by %s",
      (right, wrong, mistakes) => {
        expect(manifest).toContain(right)
        expect(mistakesOf(parse(manifest.replace(right, wrong)), schema)).toEqual(mistakes)
      },
    )
  },
)

/**
 * The schema of a TestRun from the operator's own module; undefined = Go is not installed, or the
 * download failed.
 */
function readDefinition(): unknown {
  try {
    const output = execFileSync('go', ['mod', 'download', '-json', OPERATOR], {
      cwd: tmpdir(),
      encoding: 'utf8',
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const { Dir } = z.object({ Dir: z.string() }).parse(JSON.parse(output))
    const file = join(Dir, 'config/crd/bases/k6.io_testruns.yaml')
    const versions = z.object({ schema: z.object({ openAPIV3Schema: z.unknown() }) })
    const crd = z.object({ spec: z.object({ versions: z.tuple([versions]) }) })
    return crd.parse(parse(readFileSync(file, 'utf8'))).spec.versions[0].schema.openAPIV3Schema
  } catch (error) {
    if (error instanceof z.ZodError) throw error
    return undefined
  }
}
