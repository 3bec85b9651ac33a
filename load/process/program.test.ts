import { EventEmitter, once } from 'node:events'

import { describe, expect, it } from 'vitest'

import { abortable, startProgram } from './program.ts'

describe('startProgram', () => {
  it('startProgram reports the exit code and the last lines of standard error', async () => {
    await using program = node('console.error("one"); console.error("two"); process.exitCode = 7')
    expect(await program.ended).toEqual({ exitCode: 7, lastLines: ['one', 'two'] })
  })

  it('startProgram keeps only the last lines of a long standard error', async () => {
    await using program = node('for (let i = 1; i <= 1000; i++) console.error(i)')
    const { lastLines } = await program.ended
    expect(lastLines).toHaveLength(20)
    expect(lastLines.at(-1)).toBe('1000')
  })

  it('startProgram adds variables to the environment of the program', async () => {
    const lines: string[] = []
    await using program = startProgram({
      name: 'node',
      command: process.execPath,
      args: ['-e', 'console.log(process.env.OWN, process.env.PATH !== undefined)'],
      variables: { OWN: 'x' },
      onLine: (line) => lines.push(line),
    })
    await program.ended
    expect(lines).toEqual(['x true'])
  })

  it('startProgram names the program that cannot be started', async () => {
    await using program = startProgram({
      name: 'the missing program',
      command: '/no/such/program',
      args: [],
    })
    await expect(program.ended).rejects.toThrow('the missing program cannot be started')
  })

  it('startProgram ends the program on disposal', async () => {
    const program = node('setInterval(() => {}, 1000)')
    await program[Symbol.asyncDispose]()
    expect(await program.ended).toMatchObject({ exitCode: null })
  })

  it('startProgram kills a program that ignores SIGTERM', async () => {
    const lines = new EventEmitter()
    const script = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")'
    const program = node(script, () => lines.emit('line'))
    await once(lines, 'line')
    await program[Symbol.asyncDispose]()
    expect(await program.ended).toMatchObject({ exitCode: null })
  })
})

describe('abortable', () => {
  it('abortable returns the result of the work', async () => {
    expect(await abortable(Promise.resolve(5), new AbortController().signal)).toBe(5)
  })

  it('abortable throws the reason of the signal, before or during the work', async () => {
    const stop = new AbortController()
    const waiting = abortable(new Promise(() => {}), stop.signal)
    stop.abort(new Error('too long'))
    await expect(waiting).rejects.toThrow('too long')
    await expect(abortable(Promise.resolve(5), stop.signal)).rejects.toThrow('too long')
  })
})

function node(script: string, onLine?: () => void) {
  return startProgram({ name: 'node', command: process.execPath, args: ['-e', script], onLine })
}
