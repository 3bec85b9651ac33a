import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { z } from 'zod'

import { buildDebianPackage } from './debian-package.ts'

/**
 * `npm run deb` builds dist/deb/sse-proxy_VERSION_all.deb. Its files have the time in
 * SOURCE_DATE_EPOCH, or that of the last commit, so that anyone builds the same bytes.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
const epoch = process.env['SOURCE_DATE_EPOCH'] ?? (await lastCommit())
const folder = join(ROOT, 'dist/deb')
mkdirSync(folder, { recursive: true })
console.log(await buildDebianPackage({ version, epoch: Number(epoch), folder }))

async function lastCommit(): Promise<string> {
  return (await execa('git', ['log', '-1', '--format=%ct'], { cwd: ROOT })).stdout
}
