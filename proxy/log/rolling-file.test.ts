import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { LineOutput } from '../output/line-output.ts'
import { eventually } from '../testing/deadline.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { ArchiveName } from './archive-name.ts'
import { RollingFile, type RollingFileOptions } from './rolling-file.ts'

const LINE = `${'x'.repeat(99)}\n`

/** An output to a file that is archived by this pattern. */
function outputTo(folder: string, pattern: string, options: Partial<RollingFileOptions> = {}) {
  const troubles: string[] = []
  const file = new RollingFile({
    path: join(folder, 'a.log'),
    archive: new ArchiveName(join(folder, pattern), 'UTC'),
    keptArchives: 3,
    maxBytes: 1000,
    onTrouble: (message) => troubles.push(message),
    nowMs: Date.now,
    ...options,
  })
  const output = new LineOutput({
    open: () => file,
    maxBytes: 20_000,
    notice: (n) => `lost ${n}\n`,
  })
  return { file, output, troubles, [Symbol.asyncDispose]: () => file.close() }
}

describe('RollingFile', () => {
  it('RollingFile archives by size, compresses, keeps the newest archives and loses no line', async () => {
    await using folder = temporaryFolder('rolling-')
    writeFileSync(join(folder.path, 'a-other.log.gz'), 'not an archive')
    await using opened = outputTo(folder.path, 'a-%d-%i.log.gz')
    const { file, output, troubles } = opened
    const archives = () => readdirSync(folder.path).filter((name) => /-\d+\.log\.gz$/.test(name))
    const written: string[] = []
    for (let burst = 0; burst < 8; burst += 1) {
      for (let line = 0; line < 12; line += 1) {
        written.push(`${burst} ${line}`.padStart(99))
        output.write(`${written.at(-1)}\n`)
      }
      await output.flush(20_000)
      // The next archive waits until this one is complete.
      await eventually('the archive is complete', () => !file.isArchiving)
    }
    expect(archives()).toHaveLength(3)
    const texts = archives().map((name) => gunzipSync(readFileSync(join(folder.path, name))))
    const kept = [...texts, readFileSync(join(folder.path, 'a.log'))].join('').split('\n')
    expect(kept.slice(0, -1)).toEqual(written.slice(-(kept.length - 1)))
    expect(readdirSync(folder.path)).toContain('a-other.log.gz')
    expect(troubles).toEqual([])
  })

  it('RollingFile archives by date, also what an earlier run has written', async () => {
    await using folder = temporaryFolder('rolling-')
    let now = Date.UTC(2026, 0, 1, 12)
    await using opened = outputTo(folder.path, 'a-%d{yyyy-MM-dd}.log', {
      maxBytes: 0,
      nowMs: () => now,
    })
    const { output } = opened
    output.write('first\n')
    await output.flush(20_000)
    now += 86_400_000
    output.write('second\n')
    await output.flush(20_000)
    expect(readdirSync(folder.path)).toEqual(['a-2026-01-01.log', 'a.log'])
    expect(readFileSync(join(folder.path, 'a-2026-01-01.log'), 'utf8')).toBe('first\n')
    expect(readFileSync(join(folder.path, 'a.log'), 'utf8')).toBe('second\n')
  })

  it('RollingFile without a date numbers archives from the newest', async () => {
    await using folder = temporaryFolder('rolling-')
    await using opened = outputTo(folder.path, 'a.%i.log', { maxBytes: 10, keptArchives: 2 })
    const { file, output } = opened
    for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) {
      output.write(line.padStart(10))
      await output.flush(20_000)
      await eventually('the old archives are deleted', () => !file.isArchiving)
    }
    expect(readdirSync(folder.path)).toHaveLength(3)
    const contents = ['a.log', 'a.1.log', 'a.2.log'].map((name) =>
      readFileSync(join(folder.path, name), 'utf8').trim(),
    )
    expect(contents).toEqual(['four', 'three', 'two'])
  })

  it('RollingFile that cannot archive reports it once and writes on', async () => {
    await using folder = temporaryFolder('rolling-')
    writeFileSync(join(folder.path, 'file'), '')
    await using opened = outputTo(folder.path, 'file/a-%i.log')
    const { output, troubles } = opened
    for (let line = 0; line < 30; line += 1) {
      output.write(LINE)
      await output.flush(20_000)
    }
    expect(readFileSync(join(folder.path, 'a.log'), 'utf8')).toBe(LINE.repeat(30))
    expect(troubles).toHaveLength(1)
  })

  it('RollingFile on a full disk keeps a bounded number of lines and throws nothing', async () => {
    await using folder = temporaryFolder('rolling-')
    await using opened = outputTo(folder.path, 'a-%i.log', {
      path: '/dev/full',
      archive: undefined,
    })
    const { output } = opened
    for (let line = 0; line < 1000; line += 1) output.write(LINE)
    await output.flush(200)
    expect(() => output.flushNow()).not.toThrow()
  })

  it('RollingFile refuses a path on a file system that takes no new folders', async () => {
    const file = new RollingFile({
      path: '/proc/none/a.log',
      archive: undefined,
      keptArchives: 0,
      maxBytes: 0,
      onTrouble: () => {},
      nowMs: Date.now,
    })
    await expect(file.open()).rejects.toThrow("mkdir '/proc/none'")
  })

  it('RollingFile refuses a pipe without a reader at once', async () => {
    await using folder = temporaryFolder('rolling-')
    const { execFileSync } = await import('node:child_process')
    const path = join(folder.path, 'pipe')
    execFileSync('mkfifo', [path])
    const file = new RollingFile({
      path,
      archive: undefined,
      keptArchives: 0,
      maxBytes: 0,
      onTrouble: () => undefined,
      nowMs: Date.now,
    })
    await expect(file.open()).rejects.toThrow(/ENXIO/)
  })
})
