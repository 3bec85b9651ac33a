import { describe, expect, it } from 'vitest'

import { eventually } from './testing/deadline.ts'
import { RawClient } from './testing/raw-client.ts'
import { startBackEnd, STREAM_HEAD } from './testing/scripted-back-end.ts'
import { type SpawnedProxy, spawnProxy } from './testing/spawn-proxy.ts'

const TOKEN = 'token-hunter2'
const PASSWORD = 'password-hunter2'
const HEADERS = {
  Authorization: 'Bearer header-hunter2',
  Cookie: 'session=cookie-hunter2',
  'X-Api-Key': 'key-hunter2',
}
const SET_COOKIE = 'set-cookie-hunter2'
const LOGIN = Buffer.from(`reader:${PASSWORD}`).toString('base64')
const SECRETS = /hunter2/i

const ADMIN_PAGES: readonly (readonly [path: string, accept: string])[] = [
  ['/healthcheck?pretty=true', '*/*'],
  ['/metrics', 'application/json'],
  ['/metrics', 'text/plain'],
  ['/metrics/prometheus', '*/*'],
  ['/threads', '*/*'],
  ['/', '*/*'],
  ['/nothing', '*/*'],
]

/** What a back end answers, and what the log says about it. */
const ANSWERS: readonly (readonly [answer: string, logged: RegExp])[] = [
  [`${STREAM_HEAD.trimEnd()}\r\nSet-Cookie: id=${SET_COOKIE}\r\n\r\n`, /back end connected/],
  ['HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n', /answered 401/],
  ['HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n', /text\/html/],
  [
    `HTTP/1.1 302 Found\r\nLocation: http://reader:${PASSWORD}@localhost:1/?token=${TOKEN}\r\n\r\n`,
    /redirect/,
  ],
  [`HTTP/1.1 302 Found\r\nLocation: ?token=${TOKEN}\r\n\r\n`, /redirect/],
  ['HTTP/1.1 nonsense\r\n\r\n', /HTTP|Parse/],
]

function fileFor(uris: readonly string[], httpHeaders: object): string {
  const credentials = { username: 'reader', password: PASSWORD }
  return JSON.stringify({
    server: {
      applicationConnectors: [{ type: 'http', port: 0 }],
      adminConnectors: [{ type: 'http', port: 0 }],
    },
    backends: uris.map((uri) => ({ uri, credentials, httpHeaders })),
    logging: { level: 'TRACE' },
    proxy: { workers: 2, backEnd: { reconnectFirstMs: 100, reconnectCapMs: 100 } },
  })
}

/** Every page of the admin port, and the answers of its tasks. */
async function adminOutput(proxy: SpawnedProxy): Promise<string> {
  const url = `http://127.0.0.1:${await proxy.adminPort()}`
  const pages = ADMIN_PAGES.map(async ([path, Accept]) => {
    const response = await fetch(url + path, { headers: { Accept } })
    return await response.text()
  })
  const task = await fetch(`${url}/tasks/log-level?level=TRACE`, { method: 'POST' })
  return [...(await Promise.all(pages)), await task.text()].join('\n')
}

describe('a proxy with secrets in its configuration', () => {
  it.each([
    ['httpHeaders with secrets', HEADERS],
    ['a login', {}],
  ])(
    'a proxy with secrets in its configuration shows no secret on the admin port or in the log at level TRACE: %s',
    async (_with, headers) => {
      let answered = 0
      await using backEnd = await startBackEnd({
        answer: (request) => {
          answered += 1
          const [, index] = /^GET \/(\d)/.exec(request) ?? []
          return ANSWERS[Number(index)]?.[0] ?? STREAM_HEAD
        },
      })
      const uris = ANSWERS.map(
        (_, index) => `http://127.0.0.1:${backEnd.port}/${index}?token=${TOKEN}`,
      )
      const file = fileFor([...uris, `http://127.0.0.1:1/?${TOKEN}`], headers)
      await using proxy = spawnProxy(['server', 'FILE', '--json'], { file })
      await eventually('every back end was tried', () => answered > 2 * ANSWERS.length)
      for (const [, logged] of ANSWERS) {
        await eventually(`the log has ${logged}`, () => logged.test(proxy.stderr))
      }
      backEnd.drop('reset')
      await eventually('the log has the reset', () => /ECONNRESET|reset/.test(proxy.stderr))
      const admin = await adminOutput(proxy)
      const [, port] = /"url":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(proxy.stdout) ?? []
      await using client = await RawClient.get({ port: Number(port), path: `/?token=${TOKEN}` })
      expect(client.head).not.toMatch(SECRETS)
      proxy.child.kill('SIGTERM')
      expect(await proxy.exited).toBe(0)

      // The secrets are in use, and the output is about these back ends.
      expect(backEnd.requests.join('')).toContain(`?token=${TOKEN}`)
      const sent = Object.values(headers)[0] ?? `Basic ${LOGIN}`
      expect(backEnd.requests.join('')).toContain(sent)
      const output = admin + proxy.stderr + proxy.stdout
      expect(admin).toContain(`:${backEnd.port}/0?token=***`)
      expect(output).not.toMatch(SECRETS)
      expect(output).not.toContain(LOGIN)
    },
  )

  it('a proxy with secrets in its configuration shows no secret in the output of check', async () => {
    const file = fileFor([`http://127.0.0.1:1/?token=${TOKEN}`], HEADERS)
    const wrong = file.replace('"TRACE"', '"LOUD"').replace('"reader"', '"reader\\n"')
    await using valid = spawnProxy(['check', 'FILE'], { file })
    await using invalid = spawnProxy(['check', 'FILE'], { file: wrong })
    expect([await valid.exited, await invalid.exited]).toEqual([0, 2])
    expect(invalid.stderr).toContain('2 mistakes')
    expect(valid.stdout + valid.stderr + invalid.stdout + invalid.stderr).not.toMatch(SECRETS)
  })
})
