import type { ProgramError } from '@evenkeel/pool/engine'
import type ivm from 'isolated-vm'
import type { StartValues } from '../guest/program.guest.ts'
import type { GuestContext } from './guest-context.host.ts'
import { linesBefore, thrownError } from './program-error.host.ts'
import type { TenantIsolate } from './tenant-isolate.host.ts'

/** A module that does not compile, link or evaluate. */
export class ModuleFormError extends Error {
  readonly program: ProgramError

  constructor(program: ProgramError) {
    super(program.message)
    this.program = program
  }
}

/** V8's words for module syntax in a function body: then the module's own error is the one to show. */
const moduleSyntax = /Unexpected token 'export'|Cannot use import statement|Cannot use 'import\.meta'/

const deliverText = 'const deliver = globalThis.__deliver; delete globalThis.__deliver; export default deliver'
const entryText = 'import deliver from "evenkeel:deliver"; import * as program from "block.js"; deliver(program)'

/** A program of the form `export default (input, ctx) => …`. Its imports are those of the allow-list. */
export class ModuleForm {
  readonly #context: GuestContext
  readonly #isolate: TenantIsolate
  #started = false

  constructor(context: GuestContext, isolate: TenantIsolate) {
    this.#context = context
    this.#isolate = isolate
  }

  get started(): boolean {
    return this.#started
  }

  /** Compiles, links and evaluates. False when the text is no module either; the error of the body is the one to show then. */
  async start(timeoutMs: number, values: StartValues, bodyMessage: string): Promise<boolean> {
    const module = await this.#compile(values[0], bodyMessage)
    if (module === undefined) return false
    this.#started = true
    await this.#context.enter(timeoutMs, 'module', ...values)
    const entry = await this.#isolate.compileModule(entryText, 'evenkeel:entry')
    const deliver = await this.#isolate.compileModule(deliverText, 'evenkeel:deliver')
    await this.#link(
      entry,
      new Map([
        ['evenkeel:deliver', deliver],
        ['block.js', module],
      ]),
    )
    await entry.evaluate({ timeout: Math.max(1, Math.ceil(timeoutMs)) })
    return true
  }

  /** Whether the text is a module; throws `ModuleFormError` when it means to be one and does not compile. Nothing is evaluated. */
  async compiles(source: string, bodyMessage: string): Promise<boolean> {
    const module = await this.#compile(source, bodyMessage)
    module?.release()
    return module !== undefined
  }

  async #compile(source: string, bodyMessage: string): Promise<ivm.Module | undefined> {
    try {
      return await this.#isolate.compileModule(source, 'block.js', linesBefore)
    } catch (error) {
      if (this.#isolate.disposed || !moduleSyntax.test(bodyMessage)) return undefined
      throw new ModuleFormError(syntaxError(error as Error))
    }
  }

  async #link(entry: ivm.Module, known: Map<string, ivm.Module>): Promise<void> {
    try {
      await entry.instantiate(this.#context.native, async (specifier) => {
        const module = known.get(specifier) ?? (await this.#wrapModule(specifier))
        known.set(specifier, module)
        return module
      })
    } catch (error) {
      if (error instanceof ModuleFormError || this.#isolate.disposed) throw error
      throw new ModuleFormError(syntaxError(error as Error))
    }
  }

  /** An allowed module as an ECMAScript module: the names of its exports are known before the program runs. */
  async #wrapModule(specifier: string): Promise<ivm.Module> {
    const names = this.#exportNames(specifier)
    const locals = names.map(
      (name, index) => `const e${index} = m[${JSON.stringify(name)}]; export { e${index} as ${name} };`,
    )
    const text = `const m = require(${JSON.stringify(specifier)}); export default m?.__esModule && 'default' in m ? m.default : m; ${locals.join('')}`
    return this.#isolate.compileModule(text, `evenkeel:import/${specifier.slice(0, 100)}`)
  }

  #exportNames(specifier: string): string[] {
    try {
      return this.#context.exportNames(specifier)
    } catch (error) {
      throw new ModuleFormError({ kind: 'thrown', type: 'ModuleNotFoundError', message: (error as Error).message })
    }
  }
}

/** V8 tells the position of a module's error in its message, as `[block.js:12:3]`. */
function syntaxError(error: Error): ProgramError {
  const position = /\s*\[block\.js:(\d+):(\d+)\]\s*$/.exec(error.message)
  const message = position === null ? error.message : error.message.slice(0, position.index)
  const { line, column } = thrownError(error)
  const at =
    position === null ? { line, column } : { line: Number(position[1]) - linesBefore, column: Number(position[2]) }
  const where = at.line === undefined || at.column === undefined ? {} : { line: at.line, column: at.column }
  return { kind: 'syntax', type: 'SyntaxError', message, ...where }
}
