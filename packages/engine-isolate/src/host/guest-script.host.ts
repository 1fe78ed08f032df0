import * as calls from '../guest/calls.guest.ts'
import * as consoleGuest from '../guest/console.guest.ts'
import * as errors from '../guest/errors.guest.ts'
import * as guest from '../guest/guest.guest.ts'
import * as lockdown from '../guest/lockdown.guest.ts'
import * as modules from '../guest/modules.guest.ts'
import { capturePrimordials } from '../guest/primordials.guest.ts'
import * as program from '../guest/program.guest.ts'
import * as reading from '../guest/reading.guest.ts'
import * as result from '../guest/result.guest.ts'
import * as timers from '../guest/timers.guest.ts'
import { webGlobals } from '../guest/web-globals.guest.ts'

/**
 * The text that prepares a context: every guest function as source, and the installer as the value of the script. Functions carry
 * their own source at run time, so nothing is bundled and what is tested is what runs.
 */
export function guestScript(): string {
  const sources = [calls, consoleGuest, errors, guest, lockdown, modules, program, reading, result, timers]
  const functions = sources.flatMap((module) => Object.values(module))
  const constants = `const primordials = (${capturePrimordials.toString()})()\nconst webGlobals = ${JSON.stringify(webGlobals)}`
  return `'use strict';\n(() => {\n${constants}\n${functions.map((each) => each.toString()).join('\n')}\nreturn installGuest\n})()`
}
