/** Writes docs/reference/api.md and extensions.md from the definitions of everything there is. `npm run docs` */
import { writeFileSync } from 'node:fs'
import { apiMarkdown, extensionsMarkdown } from '#api/reference/markdown.ts'
import { describeAll } from '#api/reference/whole.ts'

const FOLDER = `${import.meta.dirname}/../docs/reference`

const described = await describeAll()
writeFileSync(`${FOLDER}/api.md`, apiMarkdown(described))
writeFileSync(`${FOLDER}/extensions.md`, extensionsMarkdown(described))
