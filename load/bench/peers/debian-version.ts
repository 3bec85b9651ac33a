import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Version of an installed package, as Debian counts. */
export function debianVersion(name: string): (signal: AbortSignal) => Promise<string> {
  return async (signal) => {
    try {
      const args = ['--show', '--showformat', '${Version}', name]
      const { stdout } = await promisify(execFile)('dpkg-query', args, { signal })
      return `${name} ${stdout}`
    } catch {
      return `${name}, version unknown` // Another system, or built by hand.
    }
  }
}
