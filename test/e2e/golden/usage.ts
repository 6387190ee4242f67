/** What `help COMMAND` says that a command takes: its usage, as a set of its parts. Pure. */

/**
 * The parts of a usage as argparse prints it, sorted: `[-F FIELD]`, `NETWORK`, `[--a A | --b]`. Options that must be
 * there are one part with what they take: `--tag TAG`.
 */
export function usageParts(help: string, command: string): string[] {
  const [, usage] = /^usage: ([\s\S]*?)\n\n/.exec(help) ?? []
  if (usage === undefined) throw new Error(`no usage: ${help}`)
  const text = usage.replaceAll(/\s+/g, ' ')
  const prog = `neutron ${command}`
  if (!text.startsWith(prog)) throw new Error(`not the usage of ${prog}: ${text}`)
  const parts = topLevel(text.slice(prog.length))
  return parts
    .flatMap((part, at) =>
      isBareOption(parts[at - 1]) ? [] : isBareOption(part) ? [`${part} ${parts[at + 1]}`] : [part],
    )
    .sort()
}

function isBareOption(part: string | undefined): boolean {
  return part?.startsWith('-') === true
}

/** Words and whole brackets, nested ones with what is around them. */
function topLevel(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const letter of `${text} `) {
    if (letter === ' ' && depth === 0) {
      if (part !== '') parts.push(part)
      part = ''
      continue
    }
    depth += letter === '[' || letter === '(' ? 1 : letter === ']' || letter === ')' ? -1 : 0
    part += letter
  }
  return parts
}
