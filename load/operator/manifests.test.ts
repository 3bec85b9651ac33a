import { readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'

import { readSettings } from '../lib/settings.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const read = (file: string) => readFileSync(join(HERE, file), 'utf8')

/** A pod of a TestRun, as far as ours goes. Keys are those of the resource definition of k6-operator v1.6. */
const runner = z.strictObject({
  image: z.string(),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  resources: z.strictObject({
    requests: z.record(z.enum(['cpu', 'memory']), z.string()),
    limits: z.partialRecord(z.enum(['cpu', 'memory']), z.string()),
  }),
  affinity: z.strictObject({ podAntiAffinity: z.looseObject({}) }),
})
const testRun = z.strictObject({
  apiVersion: z.literal('k6.io/v1alpha1'),
  kind: z.literal('TestRun'),
  metadata: z.strictObject({ name: z.string().regex(/^[a-z0-9-]{1,63}$/) }),
  spec: z.strictObject({
    parallelism: z.int().positive(),
    cleanup: z.literal('post'),
    arguments: z.string(),
    script: z.strictObject({ localFile: z.string().startsWith('/') }),
    initializer: z.strictObject({ disabled: z.boolean() }),
    runner,
  }),
})

const { spec } = testRun.parse(parse(read('testrun.yaml')))
const variables = Object.fromEntries(
  [...spec.arguments.matchAll(/-e (\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
)
const dockerfile = read('Dockerfile')

describe('the manifests for k6-operator', () => {
  it('give the scripts settings that they accept', () => {
    const settings = readSettings(variables)
    expect(settings.profile.streams).toBe(28_000)
    expect(settings.parts).toBe(settings.partsHere * spec.parallelism)
  })

  it('let as many parts meet as there are', () => {
    const [deployment, service] = parseAllDocuments(read('conductor.yaml')).map((document) => {
      return z.looseObject({ metadata: z.object({ name: z.string() }) }).parse(document.toJS())
    })
    const text = JSON.stringify(deployment)
    expect(text).toContain(`"--parties","${variables['PARTS']}"`)
    const port = '7400'
    expect(variables['CONDUCTOR']).toBe(`http://${service?.metadata.name}:${port}`)
    expect(JSON.stringify(service)).toContain(`"port":${port}`)
    expect(text).toContain(`"containerPort":${port}`)
  })

  it('name a script that the image has', async () => {
    const script = spec.script.localFile.replace(/^\/load\//, '')
    await expect(access(join(HERE, '..', script))).resolves.toBeUndefined()
    expect(dockerfile).toContain('COPY load/scenarios /load/scenarios')
    expect(dockerfile).toContain('COPY load/lib /load/lib')
  })

  it('build k6 as the orchestrator does', () => {
    expect(dockerfile).toContain(
      `CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /k6 ./cmd/k6`,
    )
    expect(read('../k6/go.mod')).toMatch(/^go 1\.25/m)
  })
})
