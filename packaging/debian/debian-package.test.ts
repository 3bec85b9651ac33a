import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { execaSync } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { startCommandOf, valuesOf } from '../systemd/unit-file.ts'
import { buildDebianPackage } from './debian-package.ts'
import { ThrowawaySystem } from './throwaway-system.ts'

const EPOCH = 1_700_000_000
const CONFIG = '/etc/sse-proxy/sse-proxy.yaml'
const UNIT = '/usr/lib/systemd/system/sse-proxy.service'
const unit = readFileSync(new URL('../systemd/sse-proxy.service', import.meta.url), 'utf8')

/** Why the package cannot be installed here; undefined = it can. */
function findObstacle(): string | undefined {
  if (process.env['PACKAGE_TEST'] !== 'on') return 'npm run test:full installs it'
  const obstacle = ThrowawaySystem.obstacle()
  if (obstacle !== undefined) return `not installed here: ${obstacle}`
  const { exitCode, stdout } = execaSync('dpkg-query', ['-W', '-f', '${Version}', 'nodejs'], {
    reject: false,
  })
  const args = ['--compare-versions', stdout, 'ge', '20.19']
  const isNewEnough = exitCode === 0 && execaSync('dpkg', args, { reject: false }).exitCode === 0
  if (isNewEnough) return undefined
  return 'not installed here: this system has no Debian package nodejs of version 20.19 or later'
}

const obstacle = findObstacle()
const where = obstacle ?? 'in a throwaway copy of this system'

describe.skipIf(obstacle !== undefined)(`the Debian package (${where})`, () => {
  let folder: string
  let system: ThrowawaySystem
  let packages: { readonly old: string; readonly new: string }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'deb-'))
    packages = { old: await build('1.0.0'), new: await build('1.0.1') }
    system = await ThrowawaySystem.create()
  })
  afterAll(async () => {
    await system?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const build = async (version: string, name = version): Promise<string> => {
    const own = join(folder, name)
    mkdirSync(own)
    return await buildDebianPackage({ version, epoch: EPOCH, folder: own })
  }
  const install = async (path: string) => {
    await system.copyIn(path)
    return await system.run('dpkg', '--install', path)
  }

  /** Starts the service as the unit says, on free ports, with what it prints first. */
  const start = async () => {
    const user = valuesOf(unit, 'User')[0] ?? ''
    const rights = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--no-new-privs']
    const service = system.start('setpriv', [...rights, ...startCommandOf(unit), '--json'], {
      SSE_PROXY_PORT: '0',
      SSE_PROXY_ADMIN_PORT: '0',
      DW_PROXY_DRAINMS: '0',
    })
    service.stderr.resume()
    const [line] = await once(createInterface({ input: service.stdout }), 'line')
    const urls = z
      .object({ url: z.string(), adminUrl: z.string() })
      .parse(JSON.parse(z.string().parse(line)))
    return { service, ...urls }
  }

  it('the Debian package has the same bytes when it is built again with another umask', async () => {
    const before = process.umask(0o077)
    try {
      expect(sumOf(await build('1.0.0', 'again'))).toBe(sumOf(packages.old))
    } finally {
      process.umask(before)
    }
  })

  it('the Debian package installs a service whose configuration only its user and root can read', async () => {
    expect(await install(packages.old)).toMatchObject({ exitCode: 0 })
    const { stdout } = await system.run('stat', '--format=%a %U:%G', CONFIG, '/var/lib/sse-proxy')
    expect(stdout).toBe('640 root:sse-proxy\n750 sse-proxy:sse-proxy')
    expect(await system.run('sse-proxy', 'check', CONFIG)).toMatchObject({ exitCode: 0 })
    expect((await system.run('cat', UNIT)).stdout).toBe(unit.trimEnd())
  })

  it('the installed service starts by the command of its unit, serves a stream, and ends', async () => {
    const { service, url, adminUrl } = await start()
    const stream = await fetch(url)
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    await stream.body?.cancel()
    expect(await system.run('sse-proxy', 'health', adminUrl)).toMatchObject({ stdout: 'healthy' })
    service.kill('SIGTERM')
    expect(await service).toMatchObject({ exitCode: 0 })
  })

  it('an upgrade of the Debian package keeps the configuration, and starts the new version', async () => {
    await system.run('sh', '-c', `echo '# edited' >> ${CONFIG}`)
    expect(await install(packages.new)).toMatchObject({ exitCode: 0 })
    expect((await system.run('tail', '-n1', CONFIG)).stdout).toBe('# edited')
    const { stdout } = await system.run('stat', '--format=%a %U:%G', CONFIG)
    expect(stdout).toBe('640 root:sse-proxy')
    expect((await system.run('sse-proxy', '--version')).stdout).toBe('1.0.1')
    const { service } = await start()
    service.kill('SIGTERM')
    expect(await service).toMatchObject({ exitCode: 0 })
  })

  it('removing the Debian package leaves its configuration, and purging it leaves nothing', async () => {
    expect(await system.run('dpkg', '--remove', 'sse-proxy')).toMatchObject({ exitCode: 0 })
    expect(await system.filesNamed('sse-proxy')).toEqual(
      expect.arrayContaining([CONFIG, '/etc/default/sse-proxy']),
    )
    expect(await system.run('test', '-e', UNIT)).toMatchObject({ exitCode: 1 })
    expect(await system.run('dpkg', '--purge', 'sse-proxy')).toMatchObject({ exitCode: 0 })
    expect(await system.filesNamed('sse-proxy')).toEqual([])
    expect(await system.run('getent', 'passwd', 'sse-proxy')).toMatchObject({ exitCode: 2 })
  })
})

function sumOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
