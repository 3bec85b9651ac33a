import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { z } from 'zod'

import { clientCapacity } from '../process/file-limit.ts'
import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

/**
 * Upgrades of a proxy whose clients stay connected: what they lose, and how long none of their
 * streams says anything. `--clients 1000,10000`; by default also as many as the limit of open files
 * allows. `--workers 2` = that many processes serve the clients, by default 28,000.
 */
const SOURCE = fileURLToPath(new URL('upgrade-clients/main.go', import.meta.url))
const EVENTS_PER_SECOND = 100
const TICK_MS = 10
/** Clients of one process of clients, and of one address. */
const FLEET = 14_000
const MANY = 28_000
const CALM_MS = 4000
/** Upgrades of one proxy, one after the other: `--rounds`. */
const ROUNDS = Number(option('--rounds') ?? 2)
const LONGEST_MS = 300_000
const LAST_LINES = 4000

const look = z.object({
  clients: z.number(),
  closed: z.number(),
  lost: z.number(),
  doubled: z.number(),
  silenceMs: z.number(),
  least: z.number(),
})
const outcome =
  /^upgraded: process (\d+) serves all clients after (\d+) ms, (\d+) ms .* moved: (\d+)/

const workers = Number(option('--workers') ?? 1)
const usual = workers > 1 ? [MANY] : [1000, 10_000, clientCapacity()]
const sizes = option('--clients')?.split(',').map(Number) ?? usual

await using folder = temporaryFolder('upgrade-bench-')
const program = join(folder.path, 'upgrade-clients')
const built = spawnSync('go', ['build', '-o', program, SOURCE], { encoding: 'utf8' })
if (built.status !== 0) throw new Error(`upgrade-clients does not build: ${built.stderr}`)

const rows: string[] = []
for (const size of sizes) {
  for (const row of await measure(size)) rows.push(`| ${row.join(' | ')} |`)
}
process.stdout.write(
  `${EVENTS_PER_SECOND} events/s. Silence is the longest time in which one of the clients got nothing: in ` +
    `${CALM_MS / 1000} s before the upgrade, and from its start until as long after its end. Frozen is how long ` +
    'the old process wrote nothing.\n\n' +
    '| clients | workers | moved | disconnected | lost / doubled | silence before | silence | frozen | took |\n' +
    `|---|---|---|---|---|---|---|---|---|\n${rows.join('\n')}\n`,
)
process.exit()

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at === -1 ? undefined : process.argv[at + 1]
}

/** One row for each of several upgrades in turn. */
async function measure(size: number): Promise<readonly (readonly string[])[]> {
  const pids: number[] = []
  try {
    return await run(size, pids)
  } finally {
    // The pipes of the first process are open until its successors have ended.
    for (const pid of pids) endProcess(pid)
  }
}

async function run(size: number, pids: number[]): Promise<readonly (readonly string[])[]> {
  process.stderr.write(`${size} clients\n`)
  await using backEnd = await startBackEnd()
  const settings = { upgradeMs: '10 min', workers }
  await using proxy = spawnProxy(['server', 'FILE'], {
    file: proxyFile({ backEnds: [backEnd.uri], settings }),
  })
  const [port, adminPort] = [await proxy.port(), await proxy.adminPort()]
  await backEnd.requested(1)
  const fleets = Array.from({ length: Math.ceil(size / FLEET) }, (_, index) => {
    const count = Math.min(FLEET, size - index * FLEET)
    const from = index === 0 ? [] : [`127.0.0.${index + 1}`]
    return startFleet([`127.0.0.1:${port}`, String(count), ...from])
  })
  await Promise.all(fleets.map(async ({ connected }) => await connected()))
  const ask = async () => await askAll(fleets)
  let sent = 0
  const startedMs = performance.now()
  const ticker = setInterval(() => {
    const due = ((performance.now() - startedMs) / 1000) * EVENTS_PER_SECOND
    for (; sent < due; sent += 1) backEnd.stream(`data: event ${sent} of the benchmark\n\n`)
  }, TICK_MS)
  const found: (readonly string[])[] = []
  let [closed, lost, doubled] = [0, 0, 0]
  for (let round = 0; round < ROUNDS; round += 1) {
    await pause(CALM_MS)
    await ask()
    await pause(CALM_MS)
    const before = await ask()
    const answer = await fetch(`http://127.0.0.1:${adminPort}/tasks/upgrade`, {
      method: 'POST',
      signal: AbortSignal.timeout(LONGEST_MS),
    }).catch((error: unknown) => {
      throw new Error(`no upgrade: ${proxy.stderr.slice(-LAST_LINES)}`, { cause: error })
    })
    const text = await answer.text()
    const [, pid, tookMs, frozenMs, moved] = outcome.exec(text) ?? []
    if (pid === undefined) throw new Error(`no upgrade: ${text}`)
    pids.push(Number(pid))
    await pause(CALM_MS)
    const after = await ask()
    found.push([
      String(size),
      workers > 1 ? String(workers) : '-',
      moved ?? '',
      String(after.closed - closed),
      `${after.lost - lost} / ${after.doubled - doubled}`,
      `${before.silenceMs} ms`,
      `${after.silenceMs} ms`,
      `${frozenMs} ms`,
      `${tookMs} ms`,
    ])
    process.stderr.write(`${JSON.stringify(after)} ${text}`)
    ;({ closed, lost, doubled } = after)
  }
  clearInterval(ticker)
  const end = await eventually('every client has every event', async () => {
    const now = await ask()
    return now.least >= sent && now
  }).catch(async () => await ask())
  if (end.least < sent) throw new Error(`a client has ${end.least} of ${sent} events`)
  for (const fleet of fleets) await fleet.end()
  for (const pid of pids) endProcess(pid)
  return found
}

function startFleet(args: readonly string[]) {
  const clients = execa(program, args, { buffer: false, stderr: 'inherit' })
  let output = ''
  clients.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()))
  return {
    connected: async () => {
      await eventually('all clients are connected', () => output === 'connected\n', 120_000)
    },
    ask: async () => {
      output = ''
      clients.stdin.write('\n')
      const line = await eventually('the clients report', () => /^(.*)\n$/.exec(output)?.[1])
      return look.parse(JSON.parse(line))
    },
    end: async () => {
      clients.kill('SIGKILL')
      await clients.catch(() => undefined)
    },
  }
}

/** What all fleets together have seen. */
async function askAll(fleets: readonly ReturnType<typeof startFleet>[]) {
  const looks = await Promise.all(fleets.map(async ({ ask }) => await ask()))
  const sum = (of: (one: z.infer<typeof look>) => number): number =>
    looks.reduce((total, one) => total + of(one), 0)
  return {
    clients: sum(({ clients }) => clients),
    closed: sum(({ closed }) => closed),
    lost: sum(({ lost }) => lost),
    doubled: sum(({ doubled }) => doubled),
    silenceMs: Math.max(...looks.map(({ silenceMs }) => silenceMs)),
    least: Math.min(...looks.map(({ least }) => least)),
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
