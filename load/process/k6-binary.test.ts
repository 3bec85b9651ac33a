import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { findK6, type FindOptions } from './k6-binary.ts'

const signal = AbortSignal.timeout(60_000)
const K6 = '#!/bin/sh\necho "k6 v2.2.0"; echo "  k6/x/ssefleet [js]"\n'

let moduleDir: string
beforeEach(async () => {
  moduleDir = await mkdtemp(join(tmpdir(), 'k6-module-'))
  await mkdir(join(moduleDir, 'fleet'))
  await writeFile(join(moduleDir, 'go.mod'), 'module x')
  await writeFile(join(moduleDir, 'fleet/fleet.go'), 'package fleet')
})
afterEach(() => rm(moduleDir, { recursive: true }))

describe('findK6', () => {
  it('findK6 rebuilds when a source has changed, but not for a changed test', async () => {
    let builds = 0
    const again = async () => {
      const go = await compiler(K6)
      return findK6({ path: undefined, onBuild: () => builds++, signal, moduleDir, go })
    }
    expect(await again()).toBe(join(moduleDir, '.bin/k6'))
    await again()
    expect(builds).toBe(1)
    await writeFile(join(moduleDir, 'fleet/fleet_test.go'), 'package fleet')
    await again()
    expect(builds).toBe(1)
    await writeFile(join(moduleDir, 'fleet/fleet.go'), 'package fleet // changed')
    await again()
    expect(builds).toBe(2)
  })

  it('findK6 reports a missing Go and names the remedy', async () => {
    const go = join(moduleDir, 'no-go')
    await expect(find({ go })).rejects.toThrow('there is no Go on the PATH: install Go 1.25')
  })

  it('findK6 reports compiler errors, and builds again the next time', async () => {
    const failing = await script('go', '#!/bin/sh\necho "fleet.go:1: syntax error" >&2; exit 1\n')
    await expect(find({ go: failing })).rejects.toThrow('fleet.go:1: syntax error')
    expect(await find({ go: await compiler(K6) })).toBe(join(moduleDir, '.bin/k6'))
  })

  it('findK6 refuses a k6 without the extension', async () => {
    const path = await script('plain-k6', '#!/bin/sh\necho "k6 v2.2.0"\n')
    await expect(find({ path })).rejects.toThrow(`${path} is a k6 without the extension`)
  })

  it.each([
    ['v1.4.0', 'is k6 1.4; needed is k6 2.2 or newer'],
    ['v2.1.9', 'is k6 2.1; needed is k6 2.2 or newer'],
    ['v0.57.0', 'is k6 0.57; needed is k6 2.2 or newer'],
    ['(none)', 'is not a k6; needed is k6 2.2 or newer'],
  ])('findK6 refuses a k6 %s and names the version that it needs', async (version, reason) => {
    const path = await script('old-k6', `#!/bin/sh\necho "k6 ${version}"\n`)
    await expect(find({ path })).rejects.toThrow(`${path} ${reason}`)
  })

  it('findK6 refuses a program that does not run, in one sentence', async () => {
    for (const text of ['#!/bin/sh\nexit 1\n', '\u007FELF']) {
      const path = await script('broken-k6', text)
      const error: unknown = await find({ path }).catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        code: 'cannot-start',
        message: expect.stringMatching(/is not a k6 that runs here.*; needed is k6 2\.2 or newer$/),
      })
    }
  })

  it.each(['k6 v2.2.0 (go1.26.1)', 'k6 v2.10.0', 'k6 v3.0.0', 'k6 v(devel)'])(
    'findK6 takes the stock k6 in the PATH that prints %s, if no extension is needed',
    async (version) => {
      const path = await script('k6', `#!/bin/sh\necho "${version}"\n`)
      const searchPath = `/no/such/folder:${moduleDir}`
      expect(await find({ needsExtension: false, searchPath, go: 'no-go' })).toBe(path)
    },
  )

  it('findK6 leaves the k6 in the PATH when the extension is needed', async () => {
    await script('k6', K6)
    const go = await compiler(K6)
    expect(await find({ searchPath: moduleDir, go })).toBe(join(moduleDir, '.bin/k6'))
  })

  it('findK6 explains why the k6 in the PATH cannot be used, and builds one', async () => {
    await script('k6', '#!/bin/sh\necho "k6 v1.0.0"\n')
    const reasons: string[] = []
    const found = await find({
      needsExtension: false,
      searchPath: moduleDir,
      onUnusable: (reason) => reasons.push(reason),
      go: await compiler(K6),
    })
    expect(found).toBe(join(moduleDir, '.bin/k6'))
    expect(reasons).toEqual([expect.stringContaining('is k6 1.0; needed is k6 2.2 or newer')])
  })

  it('findK6 uses the given k6 without building', async () => {
    const path = await script('my-k6', K6)
    expect(await find({ path, go: join(moduleDir, 'no-go') })).toBe(path)
  })
})

function find(options: Partial<FindOptions>): Promise<string> {
  return findK6({ path: undefined, onBuild: () => {}, signal, moduleDir, ...options })
}

/**
 * A fake `go` that writes this program to its output path, if the working directory has a go.mod.
 */
async function compiler(program: string): Promise<string> {
  await writeFile(join(moduleDir, 'program'), program, { mode: 0o755 })
  const copy = 'while [ "$1" != -o ]; do shift; done; test -f go.mod && cp program "$2"'
  return script('go', `#!/bin/sh\n${copy}\n`)
}

async function script(name: string, text: string): Promise<string> {
  const path = join(moduleDir, name)
  await writeFile(path, text)
  await chmod(path, 0o755)
  return path
}
