#!/usr/bin/env bun
/** The executable: argv in, exit code out. */

import { main } from '../src/main.ts'

process.exit(await main(process.argv.slice(2)))
