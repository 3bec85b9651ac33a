import { clientBehind } from '../front/forwarded.ts'
import { readProxyHeader } from '../front/proxy-header.ts'
import { TrustedProxies } from '../front/trusted-proxies.ts'
import { ChangeLogPageReader, NoChangeLog } from '../resync/change-log-page.ts'
import { type ForeignReader, PUMPS } from './time-growth.ts'

const MARK = '\u0001'
const TRUSTED = new TrustedProxies(['10.0.0.0/8'])

/** Readers of what balancers say about clients, and stores about change logs. */
export const PEER_READERS: readonly ForeignReader[] = [
  {
    name: 'X-Forwarded-For field',
    read: (text) => clientBehind('10.0.0.1', text, 'X-Forwarded-For', TRUSTED),
    contexts: [
      ['', ''],
      ['', MARK],
      ['', '10.0.0.1'],
      ['[', ']:1'],
    ],
    pumps: [...PUMPS, '10.0.0.1, ', ':', '1.'],
  },
  {
    name: 'Forwarded field',
    read: (text) => clientBehind('10.0.0.1', text, 'Forwarded', TRUSTED),
    contexts: [
      ['', ''],
      ['', MARK],
      ['for=', ''],
      ['for="', '"'],
      ['for=10.0.0.1', MARK],
    ],
    pumps: [...PUMPS, 'for=10.0.0.1, ', 'a=b;', '"', '= '],
  },
  {
    name: 'header of the PROXY protocol',
    read: (text) => readProxyHeader(Buffer.from(text, 'latin1')),
    contexts: [
      ['', ''],
      ['PROXY ', '\r\n'],
      ['PROXY TCP4 ', ' 1 2\r\n'],
      ['\r\n\r\n\0\r\nQUIT\n\u0021\u0011\u0001\0', ''],
    ],
  },
  {
    name: 'page of a change log',
    read: (text) => {
      const reader = new ChangeLogPageReader()
      try {
        reader.write(text)
        reader.end('http://a/')
      } catch (error) {
        if (!(error instanceof NoChangeLog)) throw error
      }
    },
    contexts: [
      ['', ''],
      ['<feed xmlns="http://www.w3.org/2005/Atom">', '</feed>'],
      ['<feed xmlns="http://www.w3.org/2005/Atom"><link rel="previous" href="', '"/></feed>'],
      ['<feed xmlns="http://www.w3.org/2005/Atom"><link ', '/></feed>'],
    ],
    pumps: [...PUMPS, '<a>', '<a/>', '&amp;', '<!-- -->', 'a', '<entry/>'],
  },
]
