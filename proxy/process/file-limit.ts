import { readFileSync } from 'node:fs'

/**
 * Files that a process needs besides its clients: back ends, admin clients, pipes, modules,
 * refusals under way.
 */
const RESERVE = 256
/** Where the system does not say, a value that most allow. */
const USUAL_LIMIT = 1024

/**
 * How many clients this process can hold before it runs out of open files: EMFILE is never reached.
 */
export function clientCapacity(): number {
  return Math.max(1, openFileLimit() - RESERVE)
}

function openFileLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1]
    return soft === 'unlimited' ? Infinity : Number(soft ?? USUAL_LIMIT)
  } catch {
    return USUAL_LIMIT // Not Linux: there is no /proc.
  }
}
