import { afterRelease, type StageFactory } from './stage.ts'

/**
 * A stage that delays everything, in order, including the end. A delay that changes may only grow.
 */
export function delay(delayMs: number | (() => number)): StageFactory {
  return ({ emit, finish, fail }) => {
    const timers = new Set<NodeJS.Timeout>()
    const later = (act: () => void) => {
      const timer = setTimeout(
        () => {
          timers.delete(timer)
          act()
        },
        typeof delayMs === 'number' ? delayMs : delayMs(),
      )
      timers.add(timer)
    }
    return {
      push: (bytes) => later(() => emit(bytes)),
      end: () => later(finish),
      abort: () => later(fail),
      close: () => {
        for (const timer of timers) clearTimeout(timer)
      },
    }
  }
}

/** A stage that forwards everything at the ticks of a clock. */
export function flushEvery(intervalMs: number): StageFactory {
  return (context) => {
    const { emit } = context
    let pieces: Buffer[] = []
    const release = () => {
      emit(Buffer.concat(pieces))
      pieces = []
    }
    const timer = setInterval(release, intervalMs)
    return {
      push: (bytes) => void pieces.push(bytes),
      ...afterRelease(release, context),
      close: () => clearInterval(timer),
    }
  }
}

/** A stage that holds the first piece after a silence until another one arrives. */
export function holdAfterSilence(silenceMs: number): StageFactory {
  return ({ emit, finish }) => {
    let held = Buffer.alloc(0)
    let lastMs = performance.now()
    return {
      push: (bytes) => {
        const silent = performance.now() - lastMs >= silenceMs
        lastMs = performance.now()
        emit(held)
        held = Buffer.from(silent ? bytes : '')
        if (!silent) emit(bytes)
      },
      end: () => {
        emit(held)
        finish()
      },
    }
  }
}

/** A stage that joins the pieces of one turn of the event loop. */
export const coalesce: StageFactory = (context) => {
  const { emit } = context
  let pieces: Buffer[] = []
  let timer: NodeJS.Immediate | undefined
  const release = () => {
    clearImmediate(timer)
    timer = undefined
    emit(Buffer.concat(pieces))
    pieces = []
  }
  return {
    push: (bytes) => {
      pieces.push(bytes)
      timer ??= setImmediate(release)
    },
    ...afterRelease(release, context),
    close: () => clearImmediate(timer),
  }
}
