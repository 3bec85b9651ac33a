import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { TargetExit, TargetPart } from '../runner/target.ts'
import { fillTemplate } from './fill-template.ts'
import { Program } from './program.ts'
import type { ProgramSettings } from './target-file.ts'

type Values = Readonly<Record<string, string>>

/** The programs of a target, in a folder of their own. Its starter closes them. */
export class ProgramSet {
  readonly #programs: readonly ProgramSettings[]
  readonly #values: Values
  readonly #dir: string
  readonly #environment: Values | undefined
  readonly #running: Program[] = []
  #exited: ((exit: TargetExit) => void) | undefined

  constructor(
    programs: readonly ProgramSettings[],
    {
      dir,
      values,
      environment,
    }: {
      readonly dir: string
      readonly values: Values
      readonly environment: Values | undefined
    },
  ) {
    this.#programs = programs
    this.#dir = dir
    this.#values = { ...values, dir }
    this.#environment = environment
  }

  /** The front. */
  get last(): Program | undefined {
    return this.#running.at(-1)
  }

  /** Starts the programs in order, each when the previous one is ready. Rejects with their output. */
  async start(): Promise<void> {
    for (const [index, settings] of this.#programs.entries()) await this.#startOne(index, settings)
  }

  /** Stops in start order: a program in front sees the one behind it end, as in a restart. */
  async stop(): Promise<void> {
    for (const program of this.#running) await program.stop()
  }

  /** Calls back when a program ends unasked. */
  onExit(exited: (exit: TargetExit) => void): void {
    this.#exited = exited
    for (const program of this.#running) this.#watch(program)
  }

  /** The program with this port, for checks that kill it. Undefined: there is none. */
  part(port: string): TargetPart | undefined {
    const index = this.#programs.findIndex((program) => program.port === port)
    const settings = this.#programs[index]
    if (settings === undefined) return undefined
    return {
      kill: async () => await this.#running[index]?.kill(),
      start: async () => await this.#startOne(index, settings),
    }
  }

  async #startOne(index: number, settings: ProgramSettings): Promise<void> {
    const configFile = join(this.#dir, settings.configName)
    const rendered: Values = { ...this.#values, configFile }
    await writeFile(configFile, fillTemplate(settings.config, rendered))
    const program = new Program({
      ...settings,
      command: settings.command.map((part) => fillTemplate(part, rendered)),
      environment: this.#environment,
    })
    this.#running[index] = program
    if (this.#exited !== undefined) this.#watch(program)
    try {
      await program.ready(Number(rendered[`${settings.port}Port`]), settings)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const said = program.output
      throw new Error(`${reason}${said === '' ? '' : `\n${said}`}`, { cause })
    }
  }

  #watch(program: Program): void {
    void program.onUnasked(({ how }) => this.#exited?.({ how, output: program.output }))
  }
}
