import { copyFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

import { bundleProgram } from './bundle-program.ts'

/**
 * Compiles the programs of this project into a folder anywhere, for a suite that starts our proxy
 * hundreds of times: `node --import tsx tools/compile-programs.ts FOLDER`. A program that is
 * compiled at each start takes three times the processor time.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('expected a folder')

const config = 'tools/test-run/tsconfig.programs.json'
await execa('tsc', ['-p', config, '--outDir', folder], { cwd: ROOT, preferLocal: true, all: true })
// What the programs find above themselves.
copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
await bundleProgram('proxy', folder)
