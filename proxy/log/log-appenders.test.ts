import { createSocket } from 'node:dgram'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { parseConfig } from '../config/read-config.ts'
import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { openLog } from './open-log.ts'

const backEnds = ['http://127.0.0.1:1/']

function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}

it('the log goes to files, in the form of each and from its threshold, and the request log has streams of workers', async () => {
  await using backEnd = await startBackEnd()
  await using folder = temporaryFolder('log-')
  const at = (name: string) => join(folder.path, 'logs', name)
  const file = proxyFile({
    backEnds: [backEnd.uri],
    settings: { workers: 2 },
    server: {
      requestLog: {
        appenders: [
          {
            type: 'file',
            currentLogFilename: at('request.json'),
            archive: false,
            layout: { type: 'access-json' },
          },
          { type: 'file', currentLogFilename: at('request.log'), archive: false },
        ],
      },
    },
    blocks: {
      logging: {
        appenders: [
          {
            type: 'file',
            currentLogFilename: at('all.log'),
            archive: false,
            logFormat: '%-5p %c{0}: %m%n',
          },
          { type: 'file', currentLogFilename: at('warn.log'), archive: false, threshold: 'WARN' },
          {
            type: 'file',
            currentLogFilename: at('all.json'),
            archive: false,
            layout: { type: 'json' },
          },
        ],
      },
    },
  })
  await using proxy = spawnProxy(['server', 'FILE'], { file })
  const port = await proxy.port()
  await backEnd.requested(1)
  await using client = await RawClient.get({
    port,
    path: '/sse?token=topsecret',
    fields: ['Last-Event-ID: 7"8'],
  })
  backEnd.send('data: a\n\n')
  await eventually('the event arrives', () => client.data.includes('a'))
  client.socket.destroy()
  await eventually('the request log has the stream', () => linesOf(at('request.json')).length === 1)
  proxy.child.kill('SIGTERM')
  expect(await proxy.exited).toBe(0)

  const [line = ''] = linesOf(at('request.json'))
  expect(JSON.parse(line)).toMatchObject({
    address: '127.0.0.1',
    path: '/sse?token=***',
    events: 1,
    reason: 'client-left',
    lastEventId: '7"8',
    bytes: client.byteCount,
    seconds: expect.any(Number),
  })
  expect(linesOf(at('request.log'))).toEqual([
    expect.stringMatching(
      /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/sse\?token=\*\*\* HTTP\/1\.1" 200 \d+ client-left 1 [\d.]+ "7\\"8"$/,
    ),
  ])
  expect(linesOf(at('all.log'))).toContainEqual(
    expect.stringMatching(
      /^INFO {2}proxy: serving at most \d+ clients: the limit of open files allows \d+ per process/,
    ),
  )
  expect(linesOf(at('all.log'))).toContainEqual(
    expect.stringMatching(/^INFO {2}ProtectedHttpEndpoint: back end connected/),
  )
  expect(linesOf(at('all.json')).map((text) => JSON.parse(text))).toContainEqual(
    expect.objectContaining({ level: 'INFO', message: 'shutting down', signal: 'SIGTERM' }),
  )
  expect(linesOf(at('warn.log'))).toEqual([])
  expect(proxy.stdout.split('\n')).toHaveLength(2)
  expect(proxy.stderr).toBe('')
})

it('the request log of one process has the reason of a stream that the proxy has ended', async () => {
  await using folder = temporaryFolder('log-')
  const path = join(folder.path, 'request.log')
  const appenders = [
    { type: 'file', currentLogFilename: path, archive: false, layout: { type: 'json' } },
  ]
  await using proxy = await runProxy({
    backEnds,
    settings: { maxStreamMs: 100 },
    server: { requestLog: { appenders } },
  })
  await using client = await RawClient.get({ port: proxy.port })
  await client.closed()
  await eventually('the log has a line', () => linesOf(path).length === 1)
  expect(linesOf(path)[0]).toContain('"reason":"age"')
})

it('an appender of type syslog sends one datagram per line, without control characters', async () => {
  const server = createSocket('udp4')
  const received: string[] = []
  server.on('message', (bytes) => received.push(bytes.toString()))
  await new Promise<void>((resolve) => {
    server.bind(0, '127.0.0.1', resolve)
  })
  const appender = {
    type: 'syslog',
    host: '127.0.0.1',
    port: server.address().port,
    facility: 'local3',
    logFormat: '%p %m%n%ex',
  }
  const text = proxyFile({ backEnds, blocks: { logging: { appenders: [appender] } } })
  const { logAppenders } = parseConfig(text, 'a.yaml', {})
  const log = await openLog('info', logAppenders)
  log.logger.warn('a\n<0>forged')
  log.logger.error({ error: new Error('b') }, 'failed')
  await eventually('three datagrams arrive', () => received.length >= 3)
  server.close()
  await log.close(0)
  expect(received[0]).toMatch(
    /^<156>\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ sse-proxy\[\d+\]: WARN a\\u000a<0>forged$/,
  )
  expect(received[1]).toMatch(/^<155>.*: ERROR failed$/)
  expect(received[2]).toMatch(/^<155>.*: ! Error: b$/)
})

it.each(['check', 'server'])(
  'sse-proxy %s exits with 3 if the log file cannot be written',
  async (command) => {
    const appenders = [{ type: 'file', currentLogFilename: '/dev/null/a.log', archive: false }]
    const file = proxyFile({ backEnds, blocks: { logging: { appenders } } })
    await using proxy = spawnProxy([command, 'FILE'], { file })
    expect(await proxy.exited).toBe(3)
    expect(proxy.stderr).toMatch(
      /^cannot write the log file \/dev\/null\/a\.log: .*; change currentLogFilename/,
    )
  },
)
