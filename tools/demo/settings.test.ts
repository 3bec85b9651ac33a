import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { fixturePath } from '../../fixtures/read-fixture.ts'
import { proxyFile } from './proxy-file.ts'
import { storeEnvironment } from './store-environment.ts'

const DEMO = fixturePath('config/demo.yaml')

describe('the settings of npm start', () => {
  it('the store of npm start sends heartbeats, unless its environment or a flag says otherwise', () => {
    expect(storeEnvironment([], {})).toEqual({ MCS_HEARTBEAT_MS: '15000' })
    expect(storeEnvironment([], { MCS_HEARTBEAT_MS: '0' })).toEqual({ MCS_HEARTBEAT_MS: '0' })
    const settings = ['heartbeatMs=7', 'titleField=a=b']
    expect(storeEnvironment(settings, { MCS_HEARTBEAT_MS: '0' })).toEqual({
      MCS_HEARTBEAT_MS: '7',
      MCS_TITLE_FIELD: 'a=b',
    })
  })

  it('proxyFile sets keys in a copy of the file, which is removed with it', async () => {
    const settings = ['proxy.backEnd.silenceMs=5', 'logging.level=DEBUG', 'proxy.resync.mode=off']
    const file = await proxyFile(DEMO, settings)
    const { proxy, logging, backends } = parse(readFileSync(file.path, 'utf8'))
    expect(proxy.backEnd).toEqual({ reconnectFirstMs: 500, reconnectCapMs: 5000, silenceMs: 5 })
    expect([logging, proxy.resync, backends.length]).toEqual([
      { level: 'DEBUG' },
      { mode: 'off' },
      1,
    ])
    file[Symbol.dispose]()
    expect(() => readFileSync(file.path)).toThrow('ENOENT')
    expect((await proxyFile(DEMO, [])).path).toBe(DEMO)
  })
})
