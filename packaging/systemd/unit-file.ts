/** The values of a key in a unit file of systemd, in order. */
export function valuesOf(unit: string, key: string): readonly string[] {
  return unit
    .split('\n')
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1))
}

/** The words of `ExecStart`, with `${NAME}` from the `Environment` lines of the unit. */
export function startCommandOf(unit: string): readonly string[] {
  const environment = Object.fromEntries(
    valuesOf(unit, 'Environment').map((line) => [
      line.slice(0, line.indexOf('=')),
      line.slice(line.indexOf('=') + 1),
    ]),
  )
  const [command = ''] = valuesOf(unit, 'ExecStart')
  return command
    .split(' ')
    .map((word) => word.replaceAll(/\$\{(\w+)\}/g, (_all, name: string) => environment[name] ?? ''))
}
