import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

import { eventually } from './deadline.ts'
import { findQuietPort } from './free-port.ts'
import { NumberedEvents, type Told } from './numbered-events.ts'
import { type RunningProgram, startProgram } from './start-program.ts'
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts'

/** Sends what the file has, and what is appended to it. Its data outlives it. */
const PROGRAM = `
  const { readFileSync } = require('node:fs')
  const { createServer } = require('node:http')
  const [port, file] = process.argv.slice(1)
  const sent = new Map()
  const send = () => {
    const frames = readFileSync(file, 'utf8').split('\\n\\n').slice(0, -1)
    for (const [response, count] of sent) {
      for (const frame of frames.slice(count)) response.write(frame + '\\n\\n')
      sent.set(response, Math.max(count, frames.length))
    }
    return frames.length
  }
  setInterval(send, 20)
  createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
    const id = /-(\\d+)$/.exec(request.headers['last-event-id'] ?? '')
    sent.set(response, id === null ? send() : Number(id[1]) + 1)
    response.on('close', () => sent.delete(response))
  }).listen(Number(port), '127.0.0.1', () => console.log('listens'))
`

/** A store that is a process of its own, with numbered events and ids, and can be killed. */
export class StoreProcess implements AsyncDisposable {
  readonly name = 'store'
  readonly uri: string
  readonly #port: number
  readonly #folder: TemporaryFolder
  readonly #events: NumberedEvents
  #program: RunningProgram | undefined

  private constructor(port: number) {
    this.#port = port
    this.uri = `http://127.0.0.1:${port}/sse`
    this.#folder = temporaryFolder('store-')
    this.#events = new NumberedEvents(this.name, true)
    appendFileSync(this.#file, '')
  }

  static async start(): Promise<StoreProcess> {
    const store = new StoreProcess(await findQuietPort())
    await store.restart()
    return store
  }

  get told(): Told {
    return this.#events.told
  }

  /** So many further events. It sends them once it runs. */
  emit(count: number): void {
    appendFileSync(this.#file, this.#events.make(count, 0, true))
  }

  async kill(): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]()
  }

  /** Starts it again with its data. */
  async restart(): Promise<void> {
    const args = ['-e', PROGRAM, String(this.#port), this.#file]
    const program = startProgram(process.execPath, args)
    this.#program = program
    await eventually('the store listens', () => {
      if (program.child.exitCode !== null) throw new Error(`the store ended: ${program.stderr}`)
      return program.stdout.includes('listens')
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await this.#folder[Symbol.asyncDispose]()
  }

  get #file(): string {
    return join(this.#folder.path, 'events')
  }
}
