/** Different for each run and host, and increasing from run to run [protocol §5.7]. */
export function newEpoch(): string {
  const random = Math.floor(Math.random() * 36 ** 4)
  return Date.now().toString(36) + random.toString(36).padStart(4, '0')
}
