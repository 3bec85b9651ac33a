import type { Role, TargetDriver } from '../runner/target.ts'
import { ConformanceError } from '../errors.ts'
import { externalTarget } from './external-target.ts'
import { spawnedTarget } from './spawned-target.ts'
import { readTargetFile, type TargetFile } from './target-file.ts'

export interface LoadedTarget {
  readonly driver: TargetDriver
  readonly product: string
  /** Path of the expectation file. */
  readonly expectations?: string | undefined
}

const DEFAULT_PORTS = [9801, 9802] as const

/** A target from a YAML file, or from the URL of something that runs already. */
export function loadTarget(
  fileOrUrl: string,
  role: Role | undefined,
  print: (text: string) => void,
): LoadedTarget {
  if (/^https?:\/\//.test(fileOrUrl)) return targetAt(fileOrUrl, role ?? 'concentrator', print)
  const file = readTargetFile(fileOrUrl)
  if (role !== undefined && role !== file.role) {
    throw new ConformanceError(
      'usage',
      `${fileOrUrl} declares the role ${file.role}, --role asks for ${role}`,
    )
  }
  return {
    driver: createDriver(file, print),
    product: file.product,
    expectations: file.expectations,
  }
}

function createDriver(file: TargetFile, print: (text: string) => void): TargetDriver {
  if (file.spawn !== undefined) return spawnedTarget(file, file.spawn)
  if (file.external !== undefined) return externalTarget(file, file.external, print)
  throw new ConformanceError(
    'target-file',
    `${file.name} says neither how to start it nor where it runs`,
  )
}

function targetAt(url: string, role: Role, print: (text: string) => void): LoadedTarget {
  if (!URL.canParse(url)) throw new ConformanceError('usage', `${url} is not a URL`)
  const front = new URL(url)
  if (front.protocol !== 'http:') {
    throw new ConformanceError(
      'usage',
      `${url}: the suite reads plain http; put TLS behind an http front`,
    )
  }
  const claims = { capabilities: ['credentials', 'header-override'] as const }
  const settings = {
    front: front.origin,
    originPorts: [...DEFAULT_PORTS] as [number, number],
    connectWithinMs: 600_000,
  }
  return {
    driver: externalTarget(
      { name: front.origin, role, claims: { capabilities: [...claims.capabilities] } },
      settings,
      print,
    ),
    product: front.origin,
  }
}
