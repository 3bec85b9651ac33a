import { execFileSync } from 'node:child_process'

import { isAlive } from '../workers.ts'

/** Names of namespaces begin with it and the id of the process that made them. */
const PREFIX = 'sse'
const NAME = new RegExp(`^${PREFIX}(\\d{1,10})-`)

const probe = `${PREFIX}${process.pid}-probe`
let made = 0

/** Runs the command of iproute2, and returns what it prints. */
export function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { stdio: 'pipe', encoding: 'utf8' })
}

/** A name that no other network namespace has. */
export function newNamespace(): string {
  made += 1
  const name = `${PREFIX}${process.pid}-${made}`
  ip('netns', 'add', name)
  return name
}

/** Why no network namespace can be made in which `tried` works; undefined = one can. */
export function whyNoNamespace(tried: (namespace: string) => void = () => {}): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  if (process.getuid?.() !== 0) return 'only root may make a network namespace'
  try {
    removeLeftovers()
    ip('netns', 'add', probe)
    try {
      tried(probe)
    } finally {
      ip('netns', 'del', probe)
    }
    return undefined
  } catch (error) {
    return `iproute2 cannot make a network namespace: ${String(error)}`
  }
}

/** Removes the namespaces of runs that were killed. */
function removeLeftovers(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const name = line.split(' ', 1)[0] ?? ''
    const pid = NAME.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) ip('netns', 'del', name)
  }
}
