import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import type { Stage } from './dockerfile.ts'
import { commandIn, stagesOf } from './dockerfile.ts'
import { StageFolders } from './stage-folder.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HERE = join(ROOT, 'tools/container')
const isWanted = process.env['PACKAGE_TEST'] === 'on'
const BUILD_MS = 1_200_000
const MOST_MEGABYTES = 150

const stages = stagesOf(readFileSync(join(HERE, 'Dockerfile'), 'utf8'))
const compose = z
  .object({ services: z.record(z.string(), z.looseObject({})) })
  .parse(parse(readFileSync(join(HERE, 'compose.yaml'), 'utf8'), { merge: true }))

function stage(name: string): Stage {
  const found = stages.find((each) => each.name === name)
  if (found === undefined) throw new Error(`there is no stage ${name}`)
  return found
}

/** The value of the last instruction of this name in a stage, or in what it is based on. */
function last(name: string, instruction: string): string | undefined {
  const { base, instructions } = stage(name)
  const own = instructions.findLast((each) => each.name === instruction)?.text
  return own ?? (stages.some((each) => each.name === base) ? last(base, instruction) : undefined)
}

describe('tools/container', () => {
  it.each(['store', 'proxy', 'suite', 'k6'])('the image %s runs as a user without rights', (name) =>
    expect(Number(last(name, 'USER'))).toBeGreaterThan(0),
  )

  it.each(['store', 'proxy'])('the image %s checks its health by itself', (name) => {
    const [node, script, command] = commandIn(last(name, 'HEALTHCHECK') ?? '')
    expect([node, command]).toEqual(['node', 'health'])
    expect(commandIn(last(name, 'ENTRYPOINT') ?? '')).toEqual([node, script])
  })

  it('compose.yaml runs the proxies with a read-only file system and no rights', () => {
    const hardened = {
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    }
    expect(compose.services['proxy-a']).toMatchObject(hardened)
    expect(compose.services['proxy-b']).toMatchObject(hardened)
  })

  it('the images have all files of the package that its programs need', () => {
    const { files } = z
      .object({ files: z.array(z.string()) })
      .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
    const copied = stage('programs').instructions.flatMap(({ name, words }) =>
      name === 'COPY' ? words : [],
    )
    // Not what the package leaves out, and no documents.
    const needed = files.filter((file) => !/^!|^docs\//.test(file))
    expect(copied).toEqual(expect.arrayContaining(needed))
  })

  it('compose.yaml builds stages that exist, and names only services that exist', () => {
    const service = z.looseObject({
      build: z.object({ target: z.string() }).optional(),
      depends_on: z.record(z.string(), z.unknown()).optional(),
    })
    const services = Object.values(compose.services).map((value) => service.parse(value))
    const targets = services.flatMap(({ build }) => build?.target ?? [])
    expect(targets).toEqual(['store', 'proxy', 'proxy'])
    for (const target of targets) expect(stage(target).name).toBe(target)
    const needed = services.flatMap(({ depends_on: others = {} }) => Object.keys(others))
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(needed))
    const nginx = readFileSync(join(HERE, 'nginx.conf'), 'utf8')
    const fronted = [...nginx.matchAll(/server (\S+):9080;/g)].map(([, name]) => name)
    expect(fronted).toEqual(Object.keys(compose.services).filter((name) => name.includes('proxy')))
  })
})

describe.skipIf(!isWanted)(
  'the stages of tools/container/Dockerfile, each in a clean folder (npm run test:full builds them)',
  () => {
    let root: string
    let folders: StageFolders
    afterAll(() => rmSync(root, { recursive: true, force: true }))

    beforeAll(async () => {
      root = mkdtempSync(join(tmpdir(), 'stages-'))
      folders = new StageFolders(root, join(root, 'context'))
      const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' })
      for (const path of tracked.split('\n').filter((line) => line !== '')) {
        const to = join(root, 'context', path)
        mkdirSync(dirname(to), { recursive: true })
        cpSync(join(ROOT, path), to)
      }
      for (const each of stages) await folders.build(each)
    }, BUILD_MS)

    const run = (name: string, args: readonly string[]) => {
      const [program = '', ...own] = commandIn(last(name, 'ENTRYPOINT') ?? '')
      return execa(program, [...own, ...args], {
        cwd: folders.workdirOf(name),
        reject: false,
        buffer: false,
        forceKillAfterDelay: false,
      })
    }
    const health = async (name: string, url: string) => {
      const [program = '', ...args] = commandIn(last(name, 'HEALTHCHECK') ?? '')
      const options = { cwd: folders.workdirOf(name), reject: false } as const
      return (await execa(program, [...args, url], options)).stdout
    }

    it('the image store starts, and is healthy', async () => {
      const store = run('store', ['--port', '0'])
      const [line] = z
        .tuple([z.string()])
        .parse(await once(createInterface({ input: store.stdout }), 'line'))
      const url = line.replace('listening on ', '')
      expect(await health('store', url)).toBe('healthy')
      store.kill('SIGTERM')
      expect((await store).exitCode).toBe(0)
    })

    it('the image proxy starts with the configuration of compose.yaml, and is healthy', async () => {
      const file = join(HERE, 'sse-proxy.yaml')
      const proxy = run('proxy', ['server', file, '--json', '--port', '0', '--admin-port', '0'])
      const [line] = z
        .tuple([z.string()])
        .parse(await once(createInterface({ input: proxy.stdout }), 'line'))
      const { adminUrl } = z.object({ adminUrl: z.string() }).parse(JSON.parse(line))
      expect(await health('proxy', adminUrl)).toBe('healthy')
      proxy.kill('SIGTERM')
      expect((await proxy).exitCode).toBe(0)
    })

    it('the image proxy needs nothing that it could write: it runs with a read-only file system', async () => {
      const file = join(HERE, 'sse-proxy.yaml')
      const script = 'mount -o remount,bind,ro / && exec "$@"'
      const [program = '', ...own] = commandIn(last('proxy', 'ENTRYPOINT') ?? '')
      const ports = ['--json', '--port', '0', '--admin-port', '0']
      const namespace = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user']
      const proxy = execa(
        'unshare',
        [...namespace, 'sh', '-c', script, 'sh', program, ...own, 'server', file, ...ports],
        { cwd: folders.workdirOf('proxy'), reject: false, buffer: false },
      )
      const [line] = await once(createInterface({ input: proxy.stdout }), 'line')
      expect(JSON.parse(z.string().parse(line))).toMatchObject({ event: 'listening' })
      proxy.kill('SIGTERM')
      expect((await proxy).exitCode).toBe(0)
    })

    it(`the image proxy adds at most ${MOST_MEGABYTES} MB to its base image`, () => {
      const folder = folders.folderOf('proxy')
      const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
        (path) => lstatSync(join(folder, path)).size,
      )
      const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6
      expect(megabytes).toBeGreaterThan(1)
      expect(megabytes).toBeLessThanOrEqual(MOST_MEGABYTES)
    })

    it('the image suite lists its checks', async () => {
      const args = ['dist/conformance/main.js', '--list', '--front', 'http://127.0.0.1:9']
      const list = await execa('node', args, { cwd: folders.workdirOf('suite') })
      expect(list.stdout.split('\n').length).toBeGreaterThan(200)
    })

    it('the image k6 has the extension and the scenarios', async () => {
      const folder = folders.folderOf('k6')
      const { stdout } = await execa(join(folder, 'usr/bin/k6'), ['version'])
      expect(stdout).toContain('ssefleet')
      const script = join(folder, 'load/scenarios/protocol.ts')
      const settings = ['TARGET', 'STORE'].flatMap((name) => ['-e', `${name}=http://127.0.0.1:9/`])
      const archive = ['archive', ...settings, '-O', join(root, 'archive.tar'), script]
      expect(await execa(join(folder, 'usr/bin/k6'), archive)).toMatchObject({ exitCode: 0 })
    })
  },
)
