import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

import type { OpenReader } from './node-readers.ts'
import type { ReadEvent } from './streams.ts'

const SOURCES = 'conformance/field/readers'
const INSTALLED = '.bin/readers'

/** The readers of one language. `npm run readers` installs them. */
export interface Language {
  readonly name: string
  /** Readers, and the name of each in the manifest. */
  readonly readers: Readonly<Record<string, string>>
  readonly manifest: string
  /** The tool that the installation needs. */
  readonly tool: string
  readonly command: readonly string[]
}

export const LANGUAGES: readonly Language[] = [
  {
    name: 'Python',
    readers: {
      'httpx-sse': 'httpx-sse',
      'sseclient-py': 'sseclient-py',
      'aiohttp-sse-client': 'aiohttp-sse-client',
    },
    manifest: `${SOURCES}/python/requirements.txt`,
    tool: 'python3',
    command: [`${INSTALLED}/python/bin/python`, `${SOURCES}/python/readers.py`],
  },
  {
    name: 'Go',
    readers: {
      'r3labs/sse': 'github.com/r3labs/sse/v2',
      'launchdarkly/eventsource': 'github.com/launchdarkly/eventsource',
    },
    manifest: `${SOURCES}/go/go.mod`,
    tool: 'go',
    command: [`${INSTALLED}/go/readers`],
  },
  {
    name: 'Java',
    readers: {
      'okhttp-eventsource': '>okhttp-eventsource<',
      'okhttp-sse': '>okhttp-sse<',
      Jersey: '>jersey-media-sse<',
    },
    manifest: `${SOURCES}/java/pom.xml`,
    tool: 'mvn',
    command: ['java', '-cp', `${INSTALLED}/java/classes:${INSTALLED}/java/lib/*`, 'readers.Main'],
  },
  {
    name: 'Rust',
    readers: { 'reqwest-eventsource': 'reqwest-eventsource' },
    manifest: `${SOURCES}/rust/Cargo.toml`,
    tool: 'cargo',
    command: [`${INSTALLED}/rust/debug/readers`],
  },
]

export function isInstalled({ name }: Language): boolean {
  return existsSync(`${INSTALLED}/${name.toLowerCase()}.installed`)
}

/** The pinned version of each reader. */
export function versionsOf({ readers, manifest }: Language): Readonly<Record<string, string>> {
  const text = readFileSync(manifest, 'utf8')
  return Object.fromEntries(
    Object.entries(readers).map(([reader, name]) => {
      const after = text.slice(text.indexOf(name) + name.length)
      return [reader, /\d{1,4}\.\d{1,4}\.\d{1,4}/.exec(after)?.[0] ?? '']
    }),
  )
}

/** A running program with the readers of one language. */
export class ForeignReaders implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #listeners = new Map<string, (event: ReadEvent) => void>()
  #lastNumber = 0
  #isStopped = false
  #errors = ''

  constructor({ command: [program = '', ...args] }: Language) {
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    // A write after the program has ended fails; `exit` reports the end.
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#errors = (this.#errors + text.toString()).slice(-4000)
    })
    this.#child.on('exit', (code, signal) => {
      if (!this.#isStopped)
        throw new Error(`${program} ended with ${signal ?? `code ${code}`}:\n${this.#errors}`)
    })
    createInterface(this.#child.stdout).on('line', (line) => {
      const [number = '', type = '', data = ''] = line.split('\t')
      this.#listeners.get(number)?.({ type: decode(type) || 'message', data: decode(data) })
    })
  }

  /** A function that opens URLs with this reader. */
  opener(reader: string): OpenReader {
    return (url, onEvent) => {
      this.#lastNumber += 1
      const number = String(this.#lastNumber)
      this.#listeners.set(number, onEvent)
      this.#child.stdin.write(`open\t${number}\t${reader}\t${url}\n`)
      return () => {
        this.#listeners.delete(number)
        this.#child.stdin.write(`close\t${number}\n`)
      }
    }
  }

  /** Ends the program. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    const gone = new Promise((resolve) => {
      this.#child.once('exit', resolve)
    })
    this.#child.kill('SIGKILL')
    await gone
  }
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString()
}
