import { AsyncLocalStorage } from 'node:async_hooks'
import { asRecord, type PlainRecord } from '../util/records.ts'
import { fillTemplates, type TemplateFunction } from './template.ts'

/** What a processor may tell the run that called it. */
export interface RunSuggestions {
  /** Exit code for the command line, unless the run itself calls for another one. */
  exitCode: number | undefined
}

interface HookScope {
  readonly suggestions: RunSuggestions
  readonly log: (text: string) => void
}

interface TemplateContext {
  readonly vars?: PlainRecord
  readonly funcs?: Readonly<Record<string, TemplateFunction>>
}

const scopes = new AsyncLocalStorage<HookScope>()

/** The version of Artillery whose language the lab speaks, for processors that look. */
const languageVersion = '2.0.34'

/** Runs a processor function so that what it sets on the global `artillery` counts for its run and no other. */
export function withinRun<Value>(scope: HookScope, body: () => Value): Value {
  installGlobal()
  return scopes.run(scope, body)
}

/** Processors written for Artillery find a global `artillery`: its `suggestedExitCode`, `log`, `util.template` and `version`. */
export function installGlobal(): void {
  if ('artillery' in globalThis) return
  Object.defineProperty(globalThis, 'artillery', { value: makeGlobal(), configurable: true })
}

function makeGlobal(): object {
  return {
    version: languageVersion,
    get suggestedExitCode() {
      return scopes.getStore()?.suggestions.exitCode
    },
    set suggestedExitCode(code: unknown) {
      const scope = scopes.getStore()
      if (scope !== undefined) scope.suggestions.exitCode = exitCodeOf(code)
    },
    log: (...values: readonly unknown[]) => scopes.getStore()?.log(values.map(String).join(' ')),
    util: {
      template: (value: unknown, { vars, funcs }: TemplateContext) =>
        fillTemplates(value, { vars: asRecord(vars), functions: funcs ?? {} }),
    },
  }
}

/** Anything that is no exit code of a process is taken back to none. */
function exitCodeOf(code: unknown): number | undefined {
  const number = Number(code)
  return Number.isInteger(number) && number > 0 && number <= 255 ? number : undefined
}
