/** Makes docs/reference/errors.md from every `errorType(...)` under src/: type, status, text, and where it is declared. */
import { globSync, readFileSync, writeFileSync } from 'node:fs'

const ROOT = `${import.meta.dirname}/../`
const DECLARATION = /errorType\(\s*'(\w+)',\s*(\d+),\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)"|`([^`]*)`)/g

const rows = globSync('src/**/*.ts', { cwd: ROOT })
  .filter((file) => !file.endsWith('.test.ts') && file !== 'src/base/errors.ts')
  .flatMap((file) =>
    [...readFileSync(`${ROOT}${file}`, 'utf8').matchAll(DECLARATION)].map(([, type, status, single, double, tick]) => ({
      type: type!,
      status: status!,
      text: (single ?? double ?? tick ?? '').replaceAll("\\'", "'").replaceAll('|', '\\|'),
      where: file.replace(/^src\//, '').replace(/\/[^/]*$/, ''),
    })),
  )
  .sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : a.where < b.where ? -1 : 1))

const page = `# Errors

What clients see as \`{"NeutronError": {"type": …, "message": …, "detail": ""}}\`, made from the declarations by
\`npm run docs\`.

| Type | Status | Text | Declared in |
|---|---|---|---|
${rows.map(({ type, status, text, where }) => `| \`${type}\` | ${status} | ${text} | ${where} |`).join('\n')}
`
writeFileSync(`${ROOT}docs/reference/errors.md`, page)
