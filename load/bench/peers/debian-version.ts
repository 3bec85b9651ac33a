import { execa } from 'execa'

/** Debian's version of an installed package. */
export function debianVersion(name: string): (signal: AbortSignal) => Promise<string> {
  return async (signal) => {
    try {
      const args = ['--show', '--showformat', '${Version}', name]
      const { stdout } = await execa('dpkg-query', args, { cancelSignal: signal })
      return `${name} ${stdout}`
    } catch {
      return `${name}, version unknown` // Another system, or a local build.
    }
  }
}
