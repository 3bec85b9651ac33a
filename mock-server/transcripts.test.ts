import { spawnSync } from 'node:child_process'

import { execa } from 'execa'
import { describe, expect, it } from 'vitest'

import { readFixture } from '../fixtures/read-fixture.ts'

import { serveStore } from './testing/serve-store.ts'
import { until } from './testing/until.ts'

const hasCurl = spawnSync('curl', ['--version']).status === 0
const LOGIN = ['-s', '-u', 'user:password', '-H', 'Host: cs.test']
const SECTION_LOG = '/webservice/escenic/changelog/section/12'

// These tests are about curl's output, so they need the real curl.
describe.skipIf(!hasCurl)('curl -u user:password (needs curl: apt-get install curl)', () => {
  it.each([
    ['the newest page of a section’s log', 'section-log.xml', SECTION_LOG],
    ['the empty page before it', 'section-log-edge.xml', `${SECTION_LOG}/after/5041?count=10`],
    ['the list of change logs', 'log-list.xml', '/webservice/escenic/changelog'],
  ])('curl prints %s as in the manual', async (_what, fixture, path) => {
    await using store = await serveStore()
    expect(await curl([...LOGIN, store.url + path])).toBe(readFixture(`atom/${fixture}`).toString())
  })

  it.each([
    ['the section’s log, as in the manual', 'stream-section.sse', ['section']],
    ['the logs of publication and section', 'stream-default.sse', undefined],
  ] as const)('curl prints one event for a change: %s', async (_what, fixture, announce) => {
    await using store = await serveStore({ announce })
    const printed = curl([...LOGIN, '-N', `${store.url}/webservice/escenic/changelog/sse`])
    await until(() => store.control.clients().length === 1, 'curl opens the stream')
    store.control.createItem({ sectionId: 22, title: 'A' })
    await store.close()
    expect(await printed).toBe(readFixture(`transcripts/${fixture}`).toString())
  })

  it('curl gets 401 with a challenge for a wrong password', async () => {
    await using store = await serveStore()
    const head = await curl(['-s', '-i', '-u', 'user:wrong', store.url + SECTION_LOG])
    expect(head).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
    expect(head).toContain('WWW-Authenticate: Basic realm=')
  })

  it('curl creates an item whose upload waits for 100 Continue', async () => {
    await using store = await serveStore()
    const entry = '<entry xmlns="http://www.w3.org/2005/Atom"><title>From curl</title></entry>'
    const url = `${store.url}/webservice/escenic/section/22/content-items`
    const type = 'Content-Type: application/atom+xml'
    const args = ['-i', '-H', 'Expect: 100-continue', '-H', type, '--data-binary', '@-', url]
    const { stdout: answer } = await execa('curl', [...LOGIN, ...args], { input: entry })
    expect(answer).toContain('HTTP/1.1 100 Continue')
    expect(answer).toContain('HTTP/1.1 201 Created')
    expect(answer).toContain('Location: http://cs.test/webservice/escenic/content/802')
  })
})

async function curl(args: readonly string[]): Promise<string> {
  const { stdout } = await execa('curl', args, { timeout: 20_000, stripFinalNewline: false })
  return stdout
}
