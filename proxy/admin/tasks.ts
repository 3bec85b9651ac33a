import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { isLogLevelName, LOG_LEVEL_NAMES, LOG_LEVELS } from '../config/log-levels.ts'

/** The part of a logger that a task can change. */
export interface LevelHolder {
  level: string
}

/** The response of a task. */
interface TaskResult {
  readonly status: 200 | 400
  readonly text: string
}

/** A command of an operator, with the parameters of the query. */
export type Task = (parameters: URLSearchParams) => TaskResult

/** The standard tasks of Dropwizard, for `POST /tasks/NAME`. */
export function createTasks(logger: LevelHolder): ReadonlyMap<string, Task> {
  return new Map([
    ['gc', collectGarbage],
    ['log-level', (parameters) => setLogLevel(logger, parameters)],
  ])
}

const MOST_RUNS = 100

function collectGarbage(parameters: URLSearchParams): TaskResult {
  const runs = Number(parameters.get('runs') ?? '1')
  if (!Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS) {
    return { status: 400, text: `runs: expected a whole number from 1 to ${MOST_RUNS}\n` }
  }
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  for (let run = 1; run <= runs; run += 1) {
    if (typeof collect === 'function') collect()
  }
  return { status: 200, text: `${'Running GC...\n'.repeat(runs)}Done!\n` }
}

/** Sets the level of the only logger. The names in the query have no effect. */
function setLogLevel(logger: LevelHolder, parameters: URLSearchParams): TaskResult {
  const loggers = parameters.getAll('logger')
  const levelName = (parameters.get('level') ?? 'INFO').toUpperCase()
  if (!isLogLevelName(levelName)) {
    return { status: 400, text: `level: expected one of ${LOG_LEVEL_NAMES.join(', ')}\n` }
  }
  const level = LOG_LEVELS[levelName]
  logger.level = level
  const lines = loggers.map((name) => `Configured logging level for ${name} to ${level}\n`)
  return { status: 200, text: lines.join('') }
}
