import { execFileSync } from 'node:child_process'

import { expect, test } from 'vitest'

import { rerunCommand } from '../report/rerun.ts'
import { loadTarget } from './load-target.ts'

const print = (): void => {}

/** The words of a command line as a shell splits them. */
function shellWords(command: string): readonly string[] {
  const text = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
  return text.trimEnd().split('\n')
}

test('the command that shows a failure again keeps every flag of a front', () => {
  const target = loadTarget({
    source: { kind: 'front', url: 'http://127.0.0.1:9080/sse' },
    role: 'gateway',
    claims: ['replay', 'cors'],
    waitSeconds: 30,
    backendPort: 9901,
    backends: 1,
    print,
  })
  expect(rerunCommand(target, 'flush.headers')).toBe(
    'npm run conformance -- --front http://127.0.0.1:9080/sse --role gateway --claim replay,cors --wait 30 --backend-port 9901 --backends 1 --only flush.headers',
  )
})

test('the command that shows a failure again is one that a shell splits as it was given', () => {
  const command = `node -e 'console.log("it''s")' {frontPort} {backendUrl} $HOME "two words"`
  const target = loadTarget({ source: { kind: 'spawn', command }, print })
  expect(shellWords(target.flags)).toEqual(['--spawn', command])
})

test.each([
  ['node my-proxy.js --port {frontPort}', 'node my-proxy.js'],
  ['npm run proxy -- server {frontPort}', 'npm run proxy'],
  ['./my-proxy {frontPort}', './my-proxy'],
  ['java -jar proxy.jar {frontPort}', 'java'],
])('the name of the target of `%s …` in reports is %s', (start, name) => {
  const command = `${start} {backendUrl}`
  expect(loadTarget({ source: { kind: 'spawn', command }, print }).driver.name).toBe(name)
})

test('loadTarget takes the path of a front as the path of its stream', () => {
  const paths = ['http://127.0.0.1:9080/sse/', 'http://127.0.0.1:9080'].map(
    (url) => loadTarget({ source: { kind: 'front', url }, print }).driver.frontPath,
  )
  expect(paths).toEqual(['/sse', undefined])
})

test('loadTarget uses the given ports and number of back ends of a front', () => {
  const { driver } = loadTarget({
    source: { kind: 'front', url: 'http://127.0.0.1:9080' },
    backendPort: 9901,
    backends: 1,
    print,
  })
  expect(driver.originPorts).toEqual([9901, 9902])
  expect(driver.claims.backends).toBe(1)
})

test('loadTarget refuses a command that names no back end', () => {
  expect(() => loadTarget({ source: { kind: 'spawn', command: 'p {frontPort}' }, print })).toThrow(
    /has to name its back end by \{backendUrl\}/,
  )
})
