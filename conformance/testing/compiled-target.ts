import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export const OWN_TARGET = 'conformance/targets/sse-proxy.yaml'
const OWN_EXPECTATIONS = 'conformance/targets/sse-proxy.expectations.yaml'

/**
 * Path of a target file for our proxy as the test run has compiled it, if it has: to compile it
 * again, and each start, would take several times the processor time.
 */
export function compiledTarget(): string {
  const folder = process.env['TEST_COMPILED']
  if (folder === undefined) return OWN_TARGET
  const path = join(folder, basename(OWN_TARGET))
  const text = readFileSync(OWN_TARGET, 'utf8')
  const prepared = text.replace(/^ {2}prepare: .*\n/m, '')
  if (prepared === text) throw new Error(`${OWN_TARGET} compiles nothing: start it as it is`)
  replace(path, prepared.replaceAll('{buildDir}', folder))
  replace(join(folder, basename(OWN_EXPECTATIONS)), readFileSync(OWN_EXPECTATIONS, 'utf8'))
  return path
}

/** Several processes of a test run may write the file, and read it, at the same time. */
function replace(path: string, text: string): void {
  const part = `${path}.${process.pid}`
  writeFileSync(part, text)
  renameSync(part, path)
}
