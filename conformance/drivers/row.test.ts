import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import type { RunningTarget } from '../runner/target.ts'
import { loadTarget } from './load-target.ts'
import { readTargetFile } from './target-file.ts'

/** Listens at the port that it is given. */
const SERVER = 'require("net").createServer(() => {}).listen(Number(process.argv[1]), "127.0.0.1")'
/** Appends its argument to a file. */
const APPEND = 'require("fs").appendFileSync("log", process.argv[1])'

/** A target file with these further keys, in a folder of its own. */
function write(keys: object): { readonly path: string; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'row-target-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'target.yaml')
  const claims = { capabilities: ['row'] }
  const file = { name: 'row', product: 'a row', role: 'concentrator', claims, ...keys }
  writeFileSync(path, JSON.stringify(file))
  return { path, folder }
}

const programAt = (port: string) => ({
  command: [process.execPath, '-e', SERVER, `{${port}Port}`],
  port,
  configName: port,
})

const commands = (what: string) => ({
  kill: [process.execPath, '-e', APPEND, `kill ${what} `],
  start: [process.execPath, '-e', APPEND, `start ${what} `],
})

async function start(path: string): Promise<RunningTarget> {
  const { driver } = loadTarget({ source: { kind: 'file', path }, print: () => {} })
  const backends = [{ url: 'http://127.0.0.1:9/a' }, { url: 'http://127.0.0.1:9/b' }]
  return await driver.start({ role: 'concentrator', backends })
}

async function isListening(url: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('close', () => socket.destroy())
    socket.unref()
  })
}

test('each front of a spawned row, and its engine, can be killed and started again', async () => {
  const { path } = write({
    row: { second: 'second', engine: 'engine' },
    spawn: [programAt('engine'), programAt('second'), programAt('front')],
  })
  const target = await start(path)
  const exits: string[] = []
  target.onExit?.(({ how }) => exits.push(how))
  const { fronts, engine } = target.row ?? {}
  expect(fronts?.[0].url).toBe(target.frontUrl)
  for (const front of fronts ?? []) {
    expect(await isListening(front.url)).toBe(true)
    await front.part?.kill()
    expect(await isListening(front.url)).toBe(false)
    await front.part?.start()
    expect(await isListening(front.url)).toBe(true)
  }
  await engine?.kill()
  await engine?.start()
  expect(exits).toEqual([])
  await target.close()
  for (const front of fronts ?? []) expect(await isListening(front.url)).toBe(false)
})

test('the commands for a row that runs already are run in the folder of the target file', async () => {
  const { path, folder } = write({
    external: {
      front: 'http://127.0.0.1:9/',
      row: {
        second: 'http://127.0.0.1:10/',
        firstFront: commands('one'),
        engine: commands('engine'),
      },
    },
  })
  const { row } = await start(path)
  expect(row?.fronts.map(({ url }) => url)).toEqual(['http://127.0.0.1:9', 'http://127.0.0.1:10'])
  await row?.fronts[0].part?.kill()
  await row?.fronts[0].part?.start()
  await row?.engine?.kill()
  expect(row?.fronts[1].part).toBeUndefined()
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('kill one start one kill engine ')
})

test('a command of a row that fails says so, and judges nothing', async () => {
  const failing = { kill: [process.execPath, '-e', 'console.log("no such unit"); process.exit(3)'] }
  const { path } = write({
    external: {
      front: 'http://127.0.0.1:9',
      row: { second: 'http://127.0.0.1:10', engine: { ...failing, start: ['true'] } },
    },
  })
  const { row } = await start(path)
  await expect(row?.engine?.kill()).rejects.toMatchObject({
    kind: 'inconclusive',
    message: expect.stringMatching(/a command of the target file failed: [^]*no such unit/),
  })
})

test.each([
  [{ spawn: [programAt('front')] }, /row needs a second front: name it under "row"/],
  [
    { spawn: [programAt('front')], row: { second: 'other' } },
    /row\.second: expected the port of a program in spawn, got "other"/,
  ],
  [
    { external: { front: 'http://127.0.0.1:9', row: { second: 'ftp://a' } } },
    /external\.row\.second: expected an http/,
  ],
])('readTargetFile refuses a row without its second front: %j', (keys, message) => {
  expect(() => readTargetFile(write(keys).path)).toThrow(message)
})
