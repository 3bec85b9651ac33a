import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

/** This repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * Compiles the proxy of a checkout, and returns its script. A proxy that Node compiles at its start
 * uses memory and processor time for that: its footprint would not be that of the proxy.
 */
export async function compileProxy(root: string, signal: AbortSignal): Promise<string> {
  await execa('npm', ['run', 'build'], { cwd: root, cancelSignal: signal })
  return join(root, 'dist/proxy/main.js')
}
