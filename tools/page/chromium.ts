import { existsSync } from 'node:fs'

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Path of Chromium on this machine, or that of the variable CHROMIUM. Undefined without one. */
export function findChromium(): string | undefined {
  return [process.env['CHROMIUM'] ?? '', ...PROGRAMS].find(
    (path) => path !== '' && existsSync(path),
  )
}

/** Why tests in a browser are skipped, in parentheses; '' when they run. */
export function whySkipped(): string {
  if (process.env['PAGE_IN_BROWSER'] !== 'on') return ' (npm run test:full runs them)'
  return findChromium() === undefined ? ' (needs Chromium: apt-get install chromium)' : ''
}
