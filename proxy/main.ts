#!/usr/bin/env node
import type { AdminAddress } from './admin/admin-address.ts'
import { readCommandLine, type ServerOptions } from './config/command-line.ts'
import type { EngineTarget } from './config/config.ts'
import type { Definition } from './config/flag-definition.ts'
import { onEndSignal, onReloadSignal, onUpgradeSignal } from './end-signals.ts'
import { exitCode } from './errors.ts'
import {
  adoptStandardStreams,
  flushStandardStreams,
  standardError,
  standardOutput,
  writeFatal,
} from './output/standard-streams.ts'
import { removePidFile, writePidFile } from './pid-file.ts'
import { writePortFile } from './port-file.ts'
import type { RunningProxy } from './start.ts'
import { Heritage } from './upgrade/heritage.ts'
import { Upgrader } from './upgrade/upgrader.ts'

const OWN_FAULT = 70
/** Argument of a process that is a worker of the proxy that started it. */
const WORKER = '--worker'

/** Time limit for the last output, whose reader may have stopped. */
const FLUSH_MS = 200

/** Writes the last lines of the log. */
let closeLog: (withinMs: number) => Promise<void> = async () => {}

adoptStandardStreams()
void run()

async function run(): Promise<void> {
  try {
    if (process.argv[2] === WORKER && process.send !== undefined)
      (await import('./process/worker.ts')).runWorker()
    else await main()
  } catch (error) {
    const code = exitCode(error)
    if (code !== OWN_FAULT && error instanceof Error) standardError.write(`${error.message}\n`)
    else writeFatal(error)
    await exit(code)
  }
}

async function exit(code: number): Promise<never> {
  await Promise.all([flushStandardStreams(FLUSH_MS), closeLog(FLUSH_MS)])
  process.exit(code)
}

async function main(): Promise<void> {
  const command = readCommandLine(process.argv.slice(2))
  switch (command.kind) {
    case 'help':
      return exit(0)
    case 'check':
      await check(command.file, command.definitions, command.connects)
      return exit(0)
    case 'migrate':
      return exit(await explainMigration(command.file, command.isJson))
    case 'health':
      return exit(await health(command.admin, command.isReady))
    case 'verify': {
      const { verify } = await import('./verify/verify.ts')
      return exit(await verify(command.files, command.options))
    }
    case 'upgrade':
      return exit(await upgrade(command.whom))
    case 'server':
      await serve(command.file, command.options)
  }
}

async function check(
  file: string,
  definitions: readonly Definition[],
  connects: boolean,
): Promise<void> {
  const { readConfig } = await import('./config/read-config.ts')
  const { checkFiles } = await import('./log/check-files.ts')
  const { checkSockets } = await import('./socket-file.ts')
  const {
    warnings,
    logAppenders = [],
    requestLogAppenders,
    engine,
    applicationConnectors,
    adminConnectors,
  } = readConfig(file, process.env, definitions)
  checkFiles([...logAppenders, ...requestLogAppenders])
  checkSockets([...applicationConnectors, ...adminConnectors])
  for (const warning of warnings) {
    standardError.write(`warning: ${warning}\n`)
  }
  standardOutput.write(`${file}: configuration is OK\n`)
  if (connects) await askEngine(engine)
}

async function askEngine(engine: EngineTarget | undefined): Promise<void> {
  if (engine === undefined) {
    standardOutput.write('proxy.engine: none, so there is nothing to ask\n')
    return
  }
  const { reportOnEngine } = await import('./row/engine-report.ts')
  const { facts, warnings } = await reportOnEngine(engine)
  for (const fact of facts) standardOutput.write(`proxy.engine: ${fact}\n`)
  for (const warning of warnings) standardError.write(`warning: proxy.engine: ${warning}\n`)
}

/** Resolves to the exit code. */
async function explainMigration(file: string, isJson: boolean): Promise<0 | 1 | 2> {
  const { readConfigFile } = await import('./config/config-file.ts')
  const { migrate } = await import('./config/migration.ts')
  const { isUsable, migrationJson, migrationText } = await import('./config/migration-text.ts')
  const migration = migrate(readConfigFile(file), process.env)
  const print = isJson ? migrationJson : migrationText
  standardOutput.write(print(file, migration))
  if (!migration.isReadable) return 2
  return isUsable(migration) ? 0 : 1
}

async function health(admin: AdminAddress, isReady: boolean): Promise<0 | 1> {
  const { askHealth } = await import('./admin/ask-health.ts')
  const problem = await askHealth(admin, isReady)
  if (problem === undefined) {
    standardOutput.write('healthy\n')
    return 0
  }
  standardError.write(`${problem}\n`)
  return 1
}

/** Resolves to the exit code. */
async function upgrade(whom: URL | number): Promise<0 | 1> {
  const { askUpgrade } = await import('./upgrade/ask-upgrade.ts')
  const { isDone, text } = await askUpgrade(whom)
  const output = isDone ? standardOutput : standardError
  output.write(`${text}\n`)
  return isDone ? 0 : 1
}

async function serve(file: string, options: ServerOptions): Promise<void> {
  const heritage = await Heritage.open(process)
  try {
    await serveWith(heritage, file, options)
  } catch (error) {
    heritage?.fail(error instanceof Error ? error.message : String(error))
    throw error
  }
}

/** Modules are loaded when they are needed, so that a wrong command line is reported at once. */
async function serveWith(
  heritage: Heritage | undefined,
  file: string,
  options: ServerOptions,
): Promise<void> {
  const { prepareServer } = await import('./server-command.ts')
  const { config, log, read, ...prepared } = await prepareServer(file, options, process.env)
  const { logger } = log
  closeLog = log.close
  const { startUpgradable } = await import('./start.ts')
  const { expectFile, Reload } = await import('./reload.ts')
  const stop = new AbortController()
  let proxy: RunningProxy | undefined
  let upgrader: Upgrader | undefined
  onEndSignal((signal) => {
    logger.info({ signal }, 'shutting down')
    upgrader?.stop()
    if (signal !== 'SIGTERM' || proxy === undefined) stop.abort()
    else void proxy.drain(stop.signal).then(() => stop.abort())
  })
  let reload: InstanceType<typeof Reload> | undefined
  onReloadSignal((signal) => {
    if (reload === undefined || stop.signal.aborted) logger.info({ signal }, 'nothing to reload')
    else reload.run()
  })
  onUpgradeSignal(() => {
    if (upgrader === undefined) logger.info('no upgrade: the proxy is starting')
    else void upgrader.run()
  })
  const started = await startUpgradable({
    config,
    logger,
    workerProgram: [process.argv[1] ?? '', WORKER],
    stop: stop.signal,
    heritage,
  })
  proxy = started.proxy
  const { url, adminUrl, close } = proxy
  const readAgain = () => {
    expectFile(file)
    return read()
  }
  reload = new Reload({ proxy, read: readAgain, running: { ...prepared, config }, logger })
  const args = [...process.execArgv, ...process.argv.slice(1)]
  upgrader = new Upgrader({
    parts: started.parts,
    program: { command: process.execPath, args },
    logger,
    onDone: () => stop.abort(),
  })
  const { portFile, pidFile } = options
  stop.signal.addEventListener('abort', () => {
    if (pidFile !== undefined) removePidFile(pidFile)
    void close().then(async () => exit(0))
  })
  if (portFile !== undefined) await writePortFile(portFile, [url, adminUrl])
  if (pidFile !== undefined) writePidFile(pidFile)
  // [protocol §8.1]
  const line = { event: 'listening', url, adminUrl }
  standardOutput.write(options.isJson ? `${JSON.stringify(line)}\n` : `listening on ${url}\n`)
}
