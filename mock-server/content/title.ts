import { assertLength } from './limits.ts'
import { assertXmlText } from './xml-text.ts'

/** Throws for a title or name that is too long, or that no feed can hold. `what`: for the message. */
export function assertTitle(text: string, what: string): void {
  assertLength('titleLength', text.length)
  assertXmlText(text, what)
}
