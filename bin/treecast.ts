#!/usr/bin/env bun
/** The executable: argv in, exit code out. */

import { executableOf } from '../src/cli/executable.ts'
import { main } from '../src/main.ts'
import { takeDaemonSettings } from '../src/system/runtime-settings.ts'

const args = process.argv.slice(2)
// Where the word is another's value, it costs a few milliseconds and nothing else.
if (args.includes('serve') || args.includes('relay')) {
  takeDaemonSettings(process, [...executableOf(process.execPath, process.argv), ...args])
}
process.exit(await main(args))
