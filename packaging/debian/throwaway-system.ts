import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { execa, execaSync } from 'execa'

/**
 * Shows this system, its changes kept in memory, at the folder in `$1`. Its mounts end with the
 * shell, and no other process sees them.
 */
const MOUNT = `
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/changes" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/root"
mount --rbind /proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs tmpfs "$1/root/run"
mount -t tmpfs tmpfs "$1/root/tmp"
echo ready
exec cat
`
const COMMAND_MS = 100_000

/**
 * A copy of this system in which packages can be installed: it costs no time and leaves nothing
 * behind. Its network is that of this system. Needs root on Linux.
 */
export class ThrowawaySystem implements AsyncDisposable {
  readonly #folder: string
  readonly #holder: ReturnType<typeof hold>

  private constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'system-'))
    this.#holder = hold(this.#folder)
  }

  /** Why there can be no such system here; undefined = there can. */
  static obstacle(): string | undefined {
    if (process.getuid?.() !== 0) return 'only root may mount'
    const missing = ['unshare', 'nsenter', 'setpriv', 'dpkg', 'dpkg-deb'].find(
      (program) => !['/usr/bin', '/bin', '/usr/sbin'].some((at) => existsSync(join(at, program))),
    )
    if (missing !== undefined) return `there is no ${missing}`
    const folder = mkdtempSync(join(tmpdir(), 'system-'))
    const { stdout, stderr } = execaSync('unshare', ['--mount', 'sh', '-c', MOUNT, 'sh', folder], {
      reject: false,
      input: '',
      timeout: COMMAND_MS,
    })
    rmSync(folder, { recursive: true })
    return stdout === 'ready' ? undefined : `this system cannot mount: ${stderr.split('\n')[0]}`
  }

  static async create(): Promise<ThrowawaySystem> {
    const system = new ThrowawaySystem()
    await once(createInterface({ input: system.#holder.stdout }), 'line')
    return system
  }

  /** Runs a command to its end. Never rejects. */
  async run(command: string, ...args: readonly string[]) {
    return await execa('nsenter', this.#inside(command, args), {
      reject: false,
      timeout: COMMAND_MS,
      all: true,
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    })
  }

  /** Starts a command, whose process gets the signals of the result. */
  start(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    return execa('nsenter', this.#inside(command, args), { reject: false, buffer: false, env })
  }

  /** Puts a file of this system at the same path there: folders in memory are not the same ones. */
  async copyIn(path: string): Promise<void> {
    await execa(
      'nsenter',
      this.#inside('sh', ['-c', 'mkdir -p "${1%/*}" && cat > "$1"', 'sh', path]),
      {
        inputFile: path,
      },
    )
  }

  /** Paths of the files that were made or changed there and have this text in their path. */
  async filesNamed(text: string): Promise<readonly string[]> {
    const changes = join(this.#folder, 'changes')
    const find = ['find', changes, '-type', 'f', '-path', `${changes}/*${text}*`]
    const { stdout } = await execa('nsenter', this.#namespace(find))
    return stdout === '' ? [] : stdout.split('\n').map((path) => path.slice(changes.length))
  }

  #inside(command: string, args: readonly string[]): string[] {
    const root = join(this.#folder, 'root')
    return this.#namespace(['chroot', root, command, ...args])
  }

  #namespace(command: readonly string[]): string[] {
    return ['--mount', '--target', String(this.#holder.pid), ...command]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.stdin.end()
    await this.#holder
    mkdirSync(this.#folder, { recursive: true })
    rmSync(this.#folder, { recursive: true })
  }
}

/** Starts the shell that keeps the mounts until its input ends. */
function hold(folder: string) {
  const args = ['--mount', 'sh', '-c', MOUNT, 'sh', folder]
  return execa('unshare', args, { reject: false, buffer: false, stdin: 'pipe' })
}
