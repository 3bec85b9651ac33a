import { Command, Option } from 'commander'

import { parseCommand, readLogin, readUrl, wholeNumberFlag } from '../command-flags.ts'
import { parseConfig } from '../config.ts'
import type { Settings } from '../knobs.ts'
import type { Login } from '../knobs/server.ts'
import type { LearnOptions } from './learn.ts'

export interface LearnCommand extends Omit<LearnOptions, 'signal' | 'onStep'> {
  readonly settingsFile: string
  readonly seedFile: string
  /** Whether files that exist are replaced. */
  readonly force: boolean
}

/** How long to wait for the events of one change. */
const EVENT_MS = 5_000
const SERVICE = '/webservice'

const NOTES = `
Examples:
  $ LEARN_LOGIN=reader:secret mock-content-store learn --from https://cs.example.com
  $ mock-content-store learn --from http://localhost:8080 --login user:password --write 22
  $ mock-content-store --config learned.yaml --seed-file learned-seed.yaml

It reads only, unless --write names a section for tests: there it makes items, changes them and
deletes them. The login is sent to that store and written nowhere.

Exit codes:
  0 learned, 2 usage or refused login, 3 no answer of a Content Store, 4 out of time or requests,
  70 internal error`

interface Flags {
  readonly from: string
  readonly login?: Login
  readonly write?: number
  readonly config?: string
  readonly settings: string
  readonly seed: string
  readonly force?: true
  readonly keepText?: true
  readonly items: number
  readonly sections: number
  readonly listen: number
  readonly origin?: readonly string[]
  readonly rate: number
  readonly maxRequests: number
  readonly maxSeconds: number
}

/**
 * Reads the arguments after `learn`; undefined when help was printed. Throws `bad-config` for the
 * first mistake.
 */
export function parseLearn(args: readonly string[]): LearnCommand | undefined {
  const command = commandLine()
  if (!parseCommand(command, args)) return undefined
  const flags = command.opts<Flags>()
  return {
    baseUrl: flags.from,
    login: flags.login,
    writeSectionId: flags.write,
    settingsFile: flags.settings,
    seedFile: flags.seed,
    force: flags.force ?? false,
    keepText: flags.keepText ?? false,
    maxItems: flags.items,
    maxSections: flags.sections,
    listenMs: flags.listen * 1000,
    eventMs: EVENT_MS,
    corsOrigins: flags.origin ?? [],
    rate: flags.rate,
    maxRequests: flags.maxRequests,
    maxMs: flags.maxSeconds * 1000,
    ours: ourSettings(flags.config),
  }
}

function commandLine(): Command {
  return new Command('mock-content-store learn')
    .description(
      'Asks a Content Store how it behaves, and writes settings and content for the mock.',
    )
    .requiredOption('--from <URL>', 'the store: scheme, host, port', readBaseUrl)
    .addOption(
      // Parsed later, so that no error message shows it.
      new Option('--login <NAME:PASSWORD>', 'login of that store')
        .env('LEARN_LOGIN')
        .argParser(readLogin),
    )
    .option(
      '--write <SECTION>',
      'id of a section for tests, in which items may be made',
      wholeNumberFlag(0, 2 ** 53),
    )
    .option('--config <FILE>', 'compare with these settings instead of the defaults')
    .option('--settings <FILE>', 'where to write the settings', 'learned.yaml')
    .option('--seed <FILE>', 'where to write sections and items', 'learned-seed.yaml')
    .option('--force', 'replace these files')
    .option('--keep-text', 'keep titles, names of persons and payloads; default: placeholders')
    .option('--items <N>', 'newest items to take over', wholeNumberFlag(0, 10_000), 50)
    .option('--sections <N>', 'sections to look at', wholeNumberFlag(1, 10_000), 50)
    .option(
      '--listen <SECONDS>',
      'how long to listen to the event stream',
      wholeNumberFlag(0, 3600),
      40,
    )
    .option('--origin <ORIGIN,…>', 'origins of pages to try', readOrigins)
    .option('--rate <N>', 'requests a second at most', wholeNumberFlag(1, 1000), 4)
    .option(
      '--max-requests <N>',
      'stop after so many requests',
      wholeNumberFlag(1, 1_000_000),
      1000,
    )
    .option('--max-seconds <N>', 'stop after this time', wholeNumberFlag(1, 86_400), 600)
    .addHelpText('after', NOTES)
    .allowExcessArguments(false)
}

/** Also accepts a URL of the web service. */
function readBaseUrl(text: string): string {
  const url = readUrl('--from')(text)
  const service = url.indexOf(SERVICE)
  return service === -1 ? url : url.slice(0, service)
}

function readOrigins(text: string): readonly string[] {
  return text.split(',').map((origin) => origin.trim())
}

function ourSettings(path: string | undefined): Settings {
  const config = parseConfig(path === undefined ? [] : ['--config', path], {})
  if (config.kind === 'run') return config.settings
  throw new Error('no help was asked for')
}
