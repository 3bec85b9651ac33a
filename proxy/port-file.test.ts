import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { writePortFile } from './port-file.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const URLS = ['http://127.0.0.1:9080', 'http://[::1]:7090']

describe('writePortFile', () => {
  it('writePortFile writes one port per line', async () => {
    await using folder = temporaryFolder('port-file-')
    const path = join(folder.path, 'ports')
    await writePortFile(path, URLS)
    expect(readFileSync(path, 'utf8')).toBe('9080\n7090\n')
  })

  it('writePortFile names the path of a file that it cannot write, such as a pipe without a reader', async () => {
    await using folder = temporaryFolder('port-file-')
    const pipe = join(folder.path, 'pipe')
    execFileSync('mkfifo', [pipe])
    for (const path of [pipe, folder.path, join(folder.path, 'none', 'ports'), '/dev/full']) {
      await expect(writePortFile(path, URLS)).rejects.toThrow(
        `cannot write the port file ${path}: E`,
      )
    }
  })
})
