import { randomUUID } from 'node:crypto'

import { execa } from 'execa'

/**
 * Ends what a run leaves behind: `cat` returns when the process of the run has ended and its pipe
 * is closed. More than one pass, because a process may have started another one during the first.
 */
const SCRIPT = `
  cat >/dev/null
  for pass in 1 2 3; do
    for file in $(grep -slzFx "TEST_RUN=$0" /proc/[0-9]*/environ); do
      pid=\${file%/environ}
      kill -KILL "\${pid#/proc/}"
    done
    sleep 0.2
  done`

/**
 * Global setup of each run: no process that a test has started outlives the run, also when the run
 * is killed and nothing of it can clean up. Such processes are known by the variable TEST_RUN,
 * which they inherit. Needs /proc; without it only a run that ends by itself leaves nothing behind.
 */
export function setup(): void {
  const run = randomUUID()
  const watcher = execa('/bin/sh', ['-c', SCRIPT, run], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    // An interrupt from the terminal ends the run; the watcher has to stay for what comes after it.
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    // The watcher of a run inside a test must not be ended with the processes of that test.
    extendEnv: false,
    env: { PATH: process.env['PATH'] },
  })
  watcher.unref()
  // The streams of a child process are sockets, which its type does not say.
  if ('unref' in watcher.stdin && typeof watcher.stdin.unref === 'function') watcher.stdin.unref()
  process.env['TEST_RUN'] = run
}
