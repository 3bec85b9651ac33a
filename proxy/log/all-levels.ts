import type { LevelHolder } from '../admin/tasks.ts'

/** The levels of several loggers, set together. */
export class AllLevels implements LevelHolder {
  readonly #loggers: readonly LevelHolder[]

  constructor(loggers: readonly LevelHolder[]) {
    this.#loggers = loggers
  }

  get level(): string {
    return this.#loggers[0]?.level ?? 'silent'
  }

  set level(level: string) {
    for (const logger of this.#loggers) logger.level = level
  }
}
