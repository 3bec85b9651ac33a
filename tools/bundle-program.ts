import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { rolldown } from 'rolldown'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Programs that are started hundreds of times, by the arguments with which each one listens. */
const PROGRAMS = {
  proxy: (folder: string): readonly string[] => {
    const file = join(folder, 'first-start.yaml')
    writeFileSync(file, PROXY_FILE)
    return ['server', file]
  },
  'mock-server': (): readonly string[] => ['--port', '0'],
}
const PROXY_FILE = `
server:
  applicationConnectors: [{type: http, port: 0, bindHost: 127.0.0.1}]
  adminConnectors: [{type: http, port: 0, bindHost: 127.0.0.1}]
backends: [{uri: 'http://127.0.0.1:9/'}]
`
const START_MS = 60_000

/** What CommonJS does not have by itself. */
const WRAPPER = `(function (require, exports, module, __filename) {
const resolveUrl = (name) => require('node:url').pathToFileURL(require.resolve(name)).href
`

/** Runs a bundle with the bytecode of its functions, which its first start writes (CODE_CACHE). */
const LOADER = `
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { constants, Script } from 'node:vm'

const bundle = fileURLToPath(new URL('bundle.cjs', import.meta.url))
const cache = bundle + '.cache'
const isFirst = process.env.CODE_CACHE === 'write'
const script = new Script(readFileSync(bundle, 'utf8'), {
  filename: bundle,
  cachedData: isFirst ? undefined : readFileSync(cache),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
})
if (script.cachedDataRejected) throw new Error(cache + ' is of another version of Node')
const require = createRequire(import.meta.url)
script.runInThisContext()(require, {}, { exports: {} }, fileURLToPath(import.meta.url))
if (isFirst) process.once('exit', () => writeFileSync(cache, script.createCachedData()))
`

/**
 * Puts a program and its packages into one file, with the bytecode that V8 has made of it, in place
 * of the modules that were compiled into `compiled`. A start then takes two fifths of the processor
 * time.
 */
export async function bundleProgram(name: keyof typeof PROGRAMS, compiled: string): Promise<void> {
  const folder = join(compiled, name)
  await writeBundle(name, folder)
  await startOnce([join(folder, 'main.js'), ...PROGRAMS[name](compiled)])
}

async function writeBundle(source: string, folder: string): Promise<void> {
  await using bundle = await rolldown({
    cwd: ROOT,
    input: `${source}/main.ts`,
    platform: 'node',
    external: /^#/,
    transform: { target: 'node20', define: { 'import.meta.resolve': 'resolveUrl' } },
  })
  const { output } = await bundle.generate({ format: 'cjs', codeSplitting: false })
  const code = output[0].code.replace(/^#!.*/, '')
  writeFileSync(join(folder, 'bundle.cjs'), `${WRAPPER}${code}})`)
  writeFileSync(join(folder, 'main.js'), LOADER)
}

/** The first start writes the bytecode for the next ones. Rejects when the program ends early. */
async function startOnce(args: readonly string[]): Promise<void> {
  const env = { CODE_CACHE: 'write' }
  const program = execa(process.execPath, args, {
    env,
    timeout: START_MS,
    forceKillAfterDelay: false,
  })
  const ended = program.then(() => {
    throw new Error(`expected that it listens: node ${args.join(' ')}`)
  })
  await Promise.race([once(createInterface({ input: program.stdout }), 'line'), ended])
  program.kill('SIGTERM')
  await program
}
