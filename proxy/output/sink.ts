import { constants, fstatSync, openSync, writev, writevSync } from 'node:fs'

type Done = (error: Error | null, writtenBytes: number) => void

/** Writes bytes to a file descriptor and never blocks the event loop. */
export interface Sink {
  /**
   * Writes as much as fits. Calls back once, now or later; `EAGAIN` = nothing fits at the moment.
   */
  readonly write: (buffers: readonly Buffer[], done: Done) => void
  /** Writes as much as fits now, at the end of the process. Throws. */
  readonly writeNow: (buffers: readonly Buffer[]) => number
}

/**
 * A sink for standard output (1) or standard error (2). Writes to a pipe, socket or terminal do not
 * block. Writes to a file always block, so they happen in another thread.
 */
export function openSink(fd: 1 | 2): Sink {
  if (fstatSync(fd).isFile()) {
    return {
      write: (buffers, done) => writev(fd, buffers, done),
      writeNow: (buffers) => writevSync(fd, buffers),
    }
  }
  const target = openWithoutBlocking(fd)
  const writeNow = (buffers: readonly Buffer[]) => writevSync(target, buffers)
  return {
    write: (buffers, done) => {
      let writtenBytes = 0
      let failure: Error | null = null
      try {
        writtenBytes = writeNow(buffers)
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error))
      }
      done(failure, writtenBytes)
    },
    writeNow,
  }
}

/** Opens it again, because a change to the descriptor would affect all processes that share it. */
function openWithoutBlocking(fd: 1 | 2): number {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
  } catch {
    // A socket, a pipe of another user, or no /proc: the stream of Node makes the descriptor
    // non-blocking.
    void (fd === 1 ? process.stdout : process.stderr)
    return fd
  }
}
