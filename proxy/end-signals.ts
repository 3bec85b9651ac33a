/** Signals for a normal shutdown: from an operator, from Ctrl-C, from a terminal that is closed. */
const END_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/**
 * Calls back once, with the first signal. Later signals are ignored: a terminal sends SIGINT to a
 * whole process group, and npm forwards it a second time. The shutdown has a deadline of its own.
 */
export function onEndSignal(callback: (signal: NodeJS.Signals) => void): void {
  let isEnding = false
  for (const signal of END_SIGNALS) {
    process.on(signal, () => {
      if (isEnding) return
      isEnding = true
      callback(signal)
    })
  }
}
