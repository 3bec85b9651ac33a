import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20

/**
 * The processes that this one has started. Empty where `/proc` does not tell, for example on macOS.
 */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const tasks = `/proc/${pid}/task`
  // Each thread has its own list.
  const threads = await readdir(tasks).catch(() => [])
  const lists = await Promise.all(
    threads.map((thread) => readFile(`${tasks}/${thread}/children`, 'utf8').catch(() => '')),
  )
  return lists.flatMap((list) => list.split(' ').map(Number).filter(Boolean))
}

/** The children of a process, and theirs. */
export async function descendantsOf(pid: number): Promise<readonly number[]> {
  const children = await childrenOf(pid)
  const below = await Promise.all(children.map(descendantsOf))
  return [...children, ...below.flat()]
}

/**
 * One worker of a program. A wrapper such as `npm run` or `sh -c` has one child that has children
 * of its own; the program below it is meant.
 */
export async function workerOf(pid: number): Promise<number | undefined> {
  const [first, ...others] = await childrenOf(pid)
  if (first === undefined || others.length > 0) return first
  return (await workerOf(first)) ?? first
}

/** Sends the signal to those that still run, and SIGKILL after the deadline. */
export async function endProcesses(
  pids: readonly number[],
  signal: NodeJS.Signals,
  withinMs: number,
): Promise<void> {
  const deadline = performance.now() + withinMs
  let left = await running(pids)
  for (const pid of left) send(pid, signal)
  while (left.length > 0 && performance.now() < deadline) {
    await delay(POLL_MS)
    left = await running(left)
  }
  for (const pid of left) send(pid, 'SIGKILL')
}

async function running(pids: readonly number[]): Promise<readonly number[]> {
  const states = await Promise.all(pids.map(isRunning))
  return pids.filter((_pid, at) => states[at])
}

/** An ended process whose parent has not asked for its exit code is still in the table, as `Z`. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  const state = stat.at(stat.lastIndexOf(')') + 2)
  return stat !== '' && state !== 'Z' && state !== 'X'
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
