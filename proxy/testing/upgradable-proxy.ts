import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { eventually } from './deadline.ts'
import { type ProxyFile, proxyFile } from './proxy-file.ts'
import { PROXY_MAIN, PROXY_NODE_ARGS } from './spawn-proxy.ts'
import { type RunningProgram, startProgram } from './start-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface Started {
  readonly folder: ReturnType<typeof temporaryFolder>
  readonly running: RunningProgram
  readonly port: number
  readonly adminPort: number
}

/** A proxy whose program and configuration can be replaced on disk, and its successors. */
export class UpgradableProxy implements AsyncDisposable {
  readonly #started: Started

  private constructor(started: Started) {
    this.#started = started
  }

  static async start(file: ProxyFile): Promise<UpgradableProxy> {
    const folder = temporaryFolder('upgrade-')
    const program = join(folder.path, 'program.mjs')
    writeFileSync(program, programText(''))
    writeFileSync(join(folder.path, 'proxy.yaml'), proxyFile(file))
    const running = startProgram(process.execPath, [
      ...PROXY_NODE_ARGS,
      program,
      'server',
      join(folder.path, 'proxy.yaml'),
      '--json',
      '--pid-file',
      join(folder.path, 'proxy.pid'),
    ])
    const [, port, adminPort] = await eventually('the proxy listens', () => {
      if (running.child.exitCode !== null) throw new Error(`the proxy ended: ${running.stderr}`)
      return (
        /"url":"https?:\/\/[^:]+:(\d+)","adminUrl":"http:\/\/[^:]+:(\d+)"/.exec(running.stdout) ??
        undefined
      )
    })
    const proxy = new UpgradableProxy({
      folder,
      running,
      port: Number(port),
      adminPort: Number(adminPort),
    })
    await eventually('the pid file is written', () => proxy.#pid())
    return proxy
  }

  get port(): number {
    return this.#started.port
  }

  get adminPort(): number {
    return this.#started.adminPort
  }

  /** Its configuration. */
  get file(): string {
    return join(this.#started.folder.path, 'proxy.yaml')
  }

  /** Logs of all processes. */
  get log(): string {
    return this.#started.running.stderr
  }

  /** The process that serves the clients, from its file. */
  async pid(): Promise<number> {
    return await eventually('the pid file has a number', () => this.#pid())
  }

  /** The next process runs this code first. */
  replaceProgram(code: string): void {
    writeFileSync(join(this.#started.folder.path, 'program.mjs'), programText(code))
  }

  /** Asks for an upgrade. Resolves to the answer; after a success, when the new process listens. */
  async upgrade(): Promise<string> {
    const before = await this.pid()
    const task = `http://127.0.0.1:${this.adminPort}/tasks/upgrade`
    const response = await fetch(task, { method: 'POST' })
    const text = await response.text()
    if (response.ok) {
      await eventually('the new process has written the pid file', () => this.#pid() !== before)
    }
    return text
  }

  /** Settles when this process has ended. */
  async ended(pid: number): Promise<void> {
    await eventually(`process ${pid} has ended: ${this.log}`, () => !isRunning(pid))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { running, folder } = this.#started
    const pid = this.#pid()
    if (pid !== undefined && isRunning(pid)) process.kill(pid, 'SIGKILL')
    await running[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  }

  #pid(): number | undefined {
    try {
      return Number(readFileSync(join(this.#started.folder.path, 'proxy.pid'), 'utf8'))
    } catch {
      return undefined
    }
  }
}

function programText(code: string): string {
  return `${code}\nawait import(${JSON.stringify(PROXY_MAIN)})\n`
}

/** A process that has ended and was not waited for is none. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
