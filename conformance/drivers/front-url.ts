/** What a front has to be. The suite sends no login by itself. */
export const FRONT_URL = 'an http:// or https:// URL without a login'

export function isFrontUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return ['http:', 'https:'].includes(protocol) && username === '' && password === ''
}
