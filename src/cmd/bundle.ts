/**
 * A command as one file, so that Node opens, resolves and links one module instead of a hundred. Beside it stands the
 * file that is started: it asks whether a source has changed since, and runs the source then. Written with esbuild.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

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

/**
 * Makes the bundle and keeps it; another process finds the old one or the new one.
 * @throws Error of esbuild's or of the file system's.
 */
export async function keepBundle({ source, entry, apart, watched, folder }: Wanted): Promise<void> {
  mkdirSync(folder, { recursive: true })
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
  const name = basename(entry, '.ts')
  const bundle = `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.cjs`
  const files = [...Object.keys(metafile.inputs), ...watched].map((file) => resolve(source, file))
  keep(join(folder, bundle), text)
  keep(join(folder, `${name}.cjs`), starter(files, bundle, join(source, entry)))
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

/** Runs the bundle while nothing has changed, otherwise the source. */
function starter(files: readonly string[], bundle: string, entry: string): string {
  const stamps = files.map((file) => [file, stampOf(file)])
  return `'use strict'
const { existsSync, statSync } = require('node:fs')
const stamps = ${JSON.stringify(stamps)}
${stampOf.toString()}
const isFresh = existsSync(__dirname + '/${bundle}') && stamps.every(([file, stamp]) => stampOf(file) === stamp)
if (isFresh) require('./${bundle}')
else import(${JSON.stringify(pathToFileURL(entry).href)})
`
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
