import { forBoth, forConcentrator, type StreamCheck } from '../../stream-check.ts'

const TEXT = 'å€𝄞 blåbær 👩‍🚀 '
/** Prime, so that pieces end at every byte of a character. */
const PIECE_BYTES = 997
const SIZES = [20_000, 80_000, 200_000]
/** Two writes that are so far apart come in two packets. */
const SEPARATE_MS = 10

/** Events that arrive in pieces. */
export const CUT_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'bytes.blank-line-cut',
    title: 'A blank line whose line end comes alone ends the event',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.6]',
    meaning: 'Two events become one, or one is lost, when a packet ends at an unlucky byte.',
    cost: 'slow',
    kills: ['ring-blank-line-in-one-packet', 'blank-line-in-one-packet'],
    async run(t) {
      const stream = await t.stream()
      for (const [name, end] of [
        ['LF', '\n'],
        ['CRLF', '\r\n'],
      ] as const) {
        for (const number of [1, 2, 3]) {
          // The client has the event before it, so the target has read the line that follows.
          await stream.writeAndYield(
            `data: sync ${number}${end}${end}data: ${name} ${number}${end}`,
          )
          await t.pause(SEPARATE_MS)
          await stream.arrives(end)
        }
      }
      await stream.delivers('data: after\n\n')
    },
  }),
  forBoth({
    id: 'bytes.utf8-large',
    title: 'Text of 20 to 200 KiB with characters of many bytes stays whole, wherever it is cut',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.5]',
    meaning: 'Long texts are damaged at the end of a packet.',
    cost: 'slow',
    kills: ['decode-encode-per-chunk', 'ring-decodes-per-packet'],
    async run(t) {
      const stream = await t.stream()
      const text = SIZES.map((size) => {
        const line = TEXT.repeat(Math.ceil(size / Buffer.byteLength(TEXT)))
        return `data: ${size} ${line}\n\n`
      }).join('')
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        stream.write(bytes.subarray(at, at + PIECE_BYTES))
        await t.pause(1)
      }
      await stream.delivers('data: after\n\n')
    },
  }),
]
