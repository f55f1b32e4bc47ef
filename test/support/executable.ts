/**
 * Bundles treecast into one executable file that needs nothing beside it, neither node_modules nor Bun.
 *
 * Guarantee: the executable reads no `.env`, no `bunfig.toml` and no package from the folder it is started in. Whoever can write
 * there could otherwise run code as the user who starts treecast.
 */

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { manualModule } from './manual-module.ts'

/** What this script uses of the bundler that runs it. */
interface BundlerPlugin {
  readonly name: string
  setup(build: {
    onLoad(on: { filter: RegExp }, load: (file: { path: string }) => { contents: string; loader: 'js' }): void
  }): void
}
declare const Bun: {
  build(options: {
    readonly entrypoints: readonly string[]
    readonly format: 'esm'
    readonly bytecode: true
    readonly compile: {
      readonly outfile: string
      readonly target?: string
      readonly executablePath?: string
      readonly autoloadDotenv: false
      readonly autoloadBunfig: false
    }
    readonly minify: { readonly syntax: boolean; readonly whitespace: boolean; readonly identifiers: boolean }
    readonly define: Readonly<Record<string, string>>
    readonly plugins: readonly BundlerPlugin[]
  }): Promise<unknown>
}

/**
 * Ink's developer mode (DEV=true) imports `react-devtools-core`, which is not installed; marked as external, it would be looked up in
 * the working directory's node_modules at every start. So the mode is compiled out. Should Ink come to ask for it in other words, the
 * build fails because it cannot resolve that package.
 */
const withoutInkDeveloperMode: BundlerPlugin = {
  name: 'without-ink-developer-mode',
  setup(build) {
    build.onLoad({ filter: /[/\\]ink[/\\]build[/\\].*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll("process.env['DEV'] === 'true'", 'false'),
      loader: 'js',
    }))
  },
}

/** The executable carries the manual: nothing of it lies beside it. */
const withManual: BundlerPlugin = {
  name: 'with-manual',
  setup(build) {
    build.onLoad({ filter: /[/\\]src[/\\]cli[/\\]manual-pages\.ts$/ }, () => ({
      contents: manualModule((why) => console.warn(why)),
      loader: 'js',
    }))
  },
}

const root = resolve(import.meta.dirname, '../..')

/** Another platform than the one that builds. */
export interface BuildTarget {
  /** As `bun build --target` names it. */
  readonly name: string
  /** That platform's own Bun. */
  readonly runtime: string
  /** Which of SQLite's native parts a Linux executable carries; undefined elsewhere. */
  readonly libc: 'glibc' | 'musl' | undefined
}

/** Builds `outfile`; the one before stays until the new one is whole. */
export async function buildExecutable(outfile: string, target?: BuildTarget): Promise<void> {
  // Built beside its place and then renamed: whoever starts it meanwhile gets the old one or the new one, never half a file.
  const unfinished = `${outfile}.${process.pid}`
  mkdirSync(dirname(outfile), { recursive: true })
  try {
    await Bun.build({
      entrypoints: [`${root}/bin/treecast.ts`],
      // Compiled ahead: the command starts in a third of the time, and a daemon's first transfer is not run by a cold interpreter.
      format: 'esm',
      bytecode: true,
      compile: {
        outfile: unfinished,
        ...(target === undefined ? {} : { target: target.name, executablePath: target.runtime }),
        autoloadDotenv: false,
        autoloadBunfig: false,
      },
      // Names stay: a stack trace in a bug report has to be readable.
      minify: { syntax: true, whitespace: true, identifiers: false },
      define: {
        'process.env.NODE_ENV': '"production"',
        ...(target?.libc === undefined ? {} : { 'process.env.TREECAST_LIBC': JSON.stringify(target.libc) }),
      },
      plugins: [withoutInkDeveloperMode, withManual],
    })
    // For Windows the bundler adds the ending that programs have there.
    renameSync(existsSync(unfinished) ? unfinished : `${unfinished}.exe`, outfile)
  } finally {
    rmSync(unfinished, { force: true })
  }
}
