import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { readExpectationFile } from './expectation-file.ts'
import { fileOrFront, loadTarget } from './load-target.ts'
import { fillTemplate } from './fill-template.ts'
import { readTargetFile } from './target-file.ts'

const TARGETS = 'conformance/targets'

const folder = mkdtempSync(join(tmpdir(), 'target-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const files = readdirSync(TARGETS).filter(
  (name) => name.endsWith('.yaml') && !name.endsWith('.expectations.yaml'),
)

test.each(files)('%s is a valid target file, and its expectations have reasons', (name) => {
  const file = readTargetFile(join(TARGETS, name))
  expect(`${file.name}.yaml`).toBe(name)
  expect(() => readExpectationFile(file.expectations ?? '')).not.toThrow()
})

test('readTargetFile lists all mistakes of a target file', () => {
  const path = write(
    'bad.yaml',
    'name: 7\nrole: hub\nspawn: {command: []}\nexternal: {front: x}\nspwan: 1\n',
  )
  expect(() => readTargetFile(path)).toThrow(
    /name: [\s\S]*role: [\s\S]*spawn\.0\.command: [\s\S]*external\.front: [\s\S]*spwan/,
  )
})

test('readTargetFile names a file that is missing or not YAML', () => {
  expect(() => readTargetFile('/nowhere/x.yaml')).toThrow(
    /cannot read the target file \/nowhere\/x\.yaml: ENOENT/,
  )
  expect(() => readTargetFile(write('x.yaml', 'a: [1'))).toThrow(/cannot read the target file/)
})

test('readTargetFile refuses a front with a login and does not show it', () => {
  const path = write(
    'login.yaml',
    'name: x\nproduct: x\nrole: gateway\nexternal: {front: "http://user:secret@127.0.0.1:9"}\n',
  )
  expect(() => readTargetFile(path)).toThrow(
    /^(?![^]*secret)[^]*external\.front: expected an http:\/\/ or https:\/\/ URL without a login/,
  )
})

test('readTargetFile requires either spawn or external', () => {
  const path = write('none.yaml', 'name: x\nproduct: x\nrole: gateway\n')
  expect(() => readTargetFile(path)).toThrow(/exactly one of spawn and external/)
})

test('readExpectationFile refuses an expectation without a reason', () => {
  const path = write(
    'e.yaml',
    '- {check: a, verdict: FAIL, reason: ""}\n- {check: b, verdict: PASS, reason: because it does}\n',
  )
  expect(() => readExpectationFile(path)).toThrow(
    /0\.reason: a sentence that says why[\s\S]*1\.verdict/,
  )
})

test('fillTemplate replaces known placeholders and keeps other braces', () => {
  expect(fillTemplate('http { listen {frontPort}; {other} {frontPort}', { frontPort: '80' })).toBe(
    'http { listen 80; {other} 80',
  )
})

test('loadTarget treats a URL as a concentrator unless the role is gateway', () => {
  const url = 'http://127.0.0.1:1/x'
  expect(loadTarget({ source: { kind: 'front', url }, print: () => {} }).driver).toMatchObject({
    role: 'concentrator',
    originPorts: [9801, 9802],
  })
  expect(
    loadTarget({ source: { kind: 'front', url }, role: 'gateway', print: () => {} }).driver.role,
  ).toBe('gateway')
})

test('loadTarget takes a front with https:// and says how its certificate is checked', () => {
  const source = fileOrFront('https://127.0.0.1:1/')
  const { driver, product, flags } = loadTarget({ source, insecure: true, print: () => {} })
  expect(driver.trust).toMatchObject({ insecure: true })
  expect(driver.claims.capabilities).toContain('tls')
  expect(product).toContain('over TLS, certificate not checked')
  expect(flags).toBe('--front https://127.0.0.1:1/ --insecure')
  expect(loadTarget({ source, print: () => {} }).product).toContain('public authorities')
})

test('loadTarget refuses a claim of HTTP/2 by ALPN for a front without TLS', () => {
  const source = fileOrFront('http://127.0.0.1:1/')
  expect(() => loadTarget({ source, claims: ['h2'], print: () => {} })).toThrow(
    /without TLS is h2c/,
  )
})

test('loadTarget refuses --insecure for a front without TLS, and a certificate file that is missing', () => {
  expect(() =>
    loadTarget({ source: fileOrFront('http://127.0.0.1/'), insecure: true, print: () => {} }),
  ).toThrow(/http:\/\/127\.0\.0\.1\/ is none/)
  expect(() =>
    loadTarget({
      source: fileOrFront('https://127.0.0.1/'),
      ca: '/nowhere/ca.pem',
      print: () => {},
    }),
  ).toThrow(/cannot read the certificate file \/nowhere\/ca\.pem/)
})

test.each([
  ['claims: {capabilities: [h2]}', /HTTP\/2 without TLS is h2c/],
  ['tls: {}\nclaims: {capabilities: [h2c]}', /a front with TLS claims h2/],
])('readTargetFile refuses the claims of HTTP/2 in %j', (text, mistake) => {
  const program = 'name: x\nproduct: x\nrole: gateway\nspawn: {command: [x]}\n'
  expect(() => readTargetFile(write('h2.yaml', program + text))).toThrow(mistake)
})

test('readTargetFile adds the claims that follow from TLS and from h2c', () => {
  const program = 'name: x\nproduct: x\nrole: gateway\nspawn: {command: [x]}\n'
  const claimsOf = (text: string) =>
    readTargetFile(write('implied.yaml', program + text)).claims.capabilities
  expect(claimsOf('tls: {}\nclaims: {capabilities: [h2]}')).toEqual(['h2', 'tls'])
  expect(claimsOf('claims: {capabilities: [h2c]}')).toEqual(['h2c', 'h2'])
})

test('loadTarget refuses a role that contradicts the file', () => {
  expect(() =>
    loadTarget({
      source: fileOrFront(join(TARGETS, 'nginx-default.yaml')),
      role: 'concentrator',
      print: () => {},
    }),
  ).toThrow(/declares the role gateway/)
})

test('loadTarget splits a command at spaces outside quotes and requires {frontPort}', () => {
  const command = "node 'a proxy.js' --port {frontPort} --from {backendUrl}"
  const { file, flags } = loadTarget({ source: { kind: 'spawn', command }, print: () => {} })
  expect(file.spawn?.[0]?.command).toEqual([
    'node',
    'a proxy.js',
    '--port',
    '{frontPort}',
    '--from',
    '{backendUrl}',
  ])
  expect(file.claims.backends).toBe(1)
  expect(flags).toContain('--spawn')
  const blind = { kind: 'spawn', command: 'node proxy.js' } as const
  expect(() => loadTarget({ source: blind, print: () => {} })).toThrow(/\{frontPort\}/)
})
