import { constants, fstatSync, openSync, writev, writevSync } from 'node:fs'

type Done = (error: Error | null, writtenBytes: number) => void

/** Takes bytes for a file descriptor and never makes the event loop wait. */
export interface Sink {
  /** Writes as much as fits. Calls back once, at once or later; `EAGAIN` = nothing fits at the moment. */
  readonly write: (buffers: readonly Buffer[], done: Done) => void
  /** The same at the end of the process, when there is no later. Throws. */
  readonly writeNow: (buffers: readonly Buffer[]) => number
}

/**
 * A sink for standard output (1) or standard error (2). A pipe, socket or terminal is written without blocking; a file,
 * for which the system knows no such thing, in another thread.
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

/** Opened anew, so that no process which shares the descriptor finds it changed, and none can change it back. */
function openWithoutBlocking(fd: 1 | 2): number {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
  } catch {
    // A socket, another user's pipe, or a system without /proc: Node's own stream makes the descriptor non-blocking.
    void (fd === 1 ? process.stdout : process.stderr)
    return fd
  }
}
