import { isatty } from 'node:tty'

/** Signals for a normal shutdown: from an operator, from Ctrl-C. */
const END_SIGNALS = ['SIGTERM', 'SIGINT'] as const
/** Standard streams that lead to a terminal. */
const terminals = [0, 1, 2].filter((file) => isatty(file))

/**
 * Calls back with the first signal, and once more when SIGINT follows another one: an operator who
 * presses Ctrl-C does not wait until a proxy is drained. Other signals are ignored: a terminal sends
 * SIGINT to a whole process group, and npm forwards it a second time. The shutdown has a deadline of
 * its own. SIGHUP is such a signal when the terminal is closed.
 */
export function onEndSignal(callback: (signal: NodeJS.Signals) => void): void {
  let isEnding = false
  let isInterrupted = false
  const end = (signal: NodeJS.Signals): void => {
    if (isEnding && (isInterrupted || signal !== 'SIGINT')) return
    isEnding = true
    isInterrupted ||= signal === 'SIGINT'
    callback(signal)
  }
  for (const signal of END_SIGNALS) process.on(signal, end)
  process.on('SIGHUP', (signal) => {
    if (isTerminalClosed()) end(signal)
  })
}

/** Calls back with each SIGHUP, unless it says that the terminal is closed. */
export function onReloadSignal(callback: (signal: NodeJS.Signals) => void): void {
  process.on('SIGHUP', (signal) => {
    if (!isTerminalClosed()) callback(signal)
  })
}

/** Calls back with each SIGUSR2. */
export function onUpgradeSignal(callback: () => void): void {
  process.on('SIGUSR2', callback)
}

/** [tty] A file that led to a terminal is none any more after a hangup. */
function isTerminalClosed(): boolean {
  return terminals.some((file) => !isatty(file))
}
