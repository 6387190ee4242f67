/**
 * A command as one file, so that Node opens, resolves and links one module instead of a hundred. Beside it stands the
 * file that is started: it asks whether a source has changed since, and runs the source then. Written with esbuild.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Plugin } from 'esbuild'

export interface Wanted {
  /** The folder of the source; absolute, as `folder`. */
  readonly source: string
  /** The module that is run; relative to the source, as all here. */
  readonly entry: string
  /** Modules that run from the source when they are asked for: seldom, and with all that they need. */
  readonly apart: readonly string[]
  /** Files and folders besides the modules: where one changes, the bundle is stale. */
  readonly watched: readonly string[]
  /** Where it is kept: as `<name of the entry>.cjs`, which is to be started, and a bundle with a hash in its name. */
  readonly folder: string
}

/** What a bundle was made from, kept beside it as `<name of the entry>.json`. */
export interface Made {
  readonly bundle: string
  readonly stamps: readonly (readonly [file: string, stamp: string | null])[]
}

/**
 * Makes the bundle and keeps it, where the one that is kept is stale; another process finds the old one or the new one.
 * @throws Error of esbuild's or of the file system's.
 */
export async function keepBundle({ source, entry, apart, watched, folder }: Wanted): Promise<void> {
  const name = basename(entry, '.ts')
  const madeFile = join(folder, `${name}.json`)
  if (existsSync(madeFile) && isFresh(JSON.parse(readFileSync(madeFile, 'utf8')) as Made, folder)) return
  mkdirSync(folder, { recursive: true })
  const { build } = await import('esbuild')
  const { outputFiles, metafile } = await build({
    absWorkingDir: source,
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    keepNames: true,
    metafile: true,
    outfile: 'bundle.cjs',
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [standingIn(source, apart)],
  })
  const text = outputFiles[0]!.text
  const bundle = `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.cjs`
  const files = [...Object.keys(metafile.inputs), ...watched].map((file) => resolve(source, file))
  keep(join(folder, bundle), text)
  keep(madeFile, JSON.stringify({ bundle, stamps: files.map((file) => [file, stampOf(file)]) } satisfies Made))
  keep(join(folder, `${name}.cjs`), starter(name, join(source, entry)))
  for (const file of readdirSync(folder)) {
    if (file.startsWith(`${name}-`) && file.endsWith('.cjs') && file !== bundle) rmSync(join(folder, file))
  }
}

/** Modules say where they stand in the source, and those apart are asked for there. */
function standingIn(source: string, apart: readonly string[]): Plugin {
  const outside = new Set(apart.map((file) => join(source, file)))
  return {
    name: 'standing in the source',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^\.\/.*\.ts$/ }, ({ path, resolveDir }) => {
        const file = join(resolveDir, path)
        return outside.has(file) ? { path: file, external: true } : undefined
      })
      onLoad({ filter: /\.ts$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8')
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
          .replaceAll('import.meta.filename', '__filename'),
        loader: 'ts',
      }))
    },
  }
}

/** Runs the bundle while it is fresh, otherwise the source. */
function starter(name: string, entry: string): string {
  return `'use strict'
const { existsSync, readFileSync, statSync } = require('node:fs')
${isFresh.toString()}
${stampOf.toString()}
const made = JSON.parse(readFileSync(__dirname + '/${name}.json', 'utf8'))
if (isFresh(made, __dirname)) require('./' + made.bundle)
else import(${JSON.stringify(pathToFileURL(entry).href)})
`
}

/** Whether everything it was made from is as it was. This and `stampOf` are in the starter too, to the letter. */
export function isFresh({ bundle, stamps }: Made, folder: string): boolean {
  return existsSync(`${folder}/${bundle}`) && stamps.every(([file, stamp]) => stampOf(file) === stamp)
}

/** Size and time of a file; of a folder, its time; nothing where there is none. */
function stampOf(file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? `${stat.isDirectory() ? '' : stat.size} ${stat.mtimeMs}` : null
}

/** Written beside and renamed. */
function keep(file: string, text: string): void {
  const beside = `${file}.${process.pid}`
  writeFileSync(beside, text)
  renameSync(beside, file)
}
