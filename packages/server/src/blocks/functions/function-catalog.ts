import { ServerError } from '../../errors/server-error.ts'
import type { FunctionRecord, FunctionsStore } from '../../storage/functions-store.ts'
import { addressMatcher } from './address-list.ts'
import type { FunctionSpec } from './function-spec.ts'
import type { SecretBox } from './secret-box.ts'
import { compileValueSchema, type ValueCheck } from './value-schema.ts'

/** One version, ready to be called. */
export interface CallableFunction {
  readonly name: string
  readonly version: number
  readonly tenant: string
  readonly ownerToken: string | null
  readonly spec: FunctionSpec
  readonly secrets: Readonly<Record<string, string>>
  readonly admits: (address: string) => boolean
  readonly checkInput: ValueCheck | undefined
  readonly checkOutput: ValueCheck | undefined
}

interface Entry {
  readonly record: FunctionRecord
  readonly versions: Map<number, CallableFunction>
  readonly readAtMs: number
}

/** What is known of a function is read again after this time, in milliseconds: another server may have changed it. */
const freshMs = 2_000
const maxEntries = 2_000

/** Functions ready to be called, from memory; the store is asked for what is not there or too old. */
export class FunctionCatalog {
  readonly #functions: FunctionsStore
  readonly #box: SecretBox
  readonly #entries = new Map<string, Entry>()
  readonly #now: () => number

  constructor(functions: FunctionsStore, box: SecretBox, now: () => number = Date.now) {
    this.#functions = functions
    this.#box = box
    this.#now = now
  }

  /** @param ref a version number, an alias, or empty for the current version. Throws 404. */
  async resolve(name: string, ref = ''): Promise<CallableFunction> {
    const entry = await this.#entry(name)
    const version = versionOf(entry.record, ref)
    const known = entry.versions.get(version)
    if (known !== undefined) return known
    const stored = await this.#functions.version(name, version)
    if (stored === undefined) throw versionNotFound(name, ref)
    const spec = JSON.parse(stored.spec) as FunctionSpec
    const callable: CallableFunction = Object.freeze({
      name,
      version,
      tenant: entry.record.tenant,
      ownerToken: entry.record.ownerToken,
      spec,
      secrets: stored.secrets === null ? {} : this.#box.open(name, stored.secrets),
      admits: spec.ipAllow.length === 0 ? () => true : addressMatcher(spec.ipAllow),
      checkInput: compileValueSchema('inputSchema', spec.inputSchema),
      checkOutput: compileValueSchema('outputSchema', spec.outputSchema),
    })
    entry.versions.set(version, callable)
    return callable
  }

  /** After a change made here. */
  forget(name: string): void {
    this.#entries.delete(name)
  }

  async #entry(name: string): Promise<Entry> {
    const known = this.#entries.get(name)
    if (known !== undefined && this.#now() - known.readAtMs < freshMs) return known
    const record = await this.#read(name, known)
    if (record === undefined) {
      this.#entries.delete(name)
      throw functionNotFound(name)
    }
    const isSame = known !== undefined && known.record.createdAtMs === record.createdAtMs
    const entry = { record, versions: isSame ? known.versions : new Map(), readAtMs: this.#now() }
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    if (this.#entries.size > maxEntries) this.#entries.delete(this.#entries.keys().next().value ?? '')
    return entry
  }

  /** While the store is down, what is in memory counts. */
  async #read(name: string, known: Entry | undefined): Promise<FunctionRecord | undefined> {
    try {
      return await this.#functions.get(name)
    } catch (error) {
      if (known === undefined) throw error
      return known.record
    }
  }
}

function versionOf({ name, currentVersion, aliases }: FunctionRecord, ref: string): number {
  if (ref === '') return currentVersion
  if (/^[1-9]\d{0,9}$/.test(ref)) return Number(ref)
  const version = Object.hasOwn(aliases, ref) ? aliases[ref] : undefined
  if (version === undefined) throw versionNotFound(name, ref)
  return version
}

export function functionNotFound(name: string): ServerError {
  return new ServerError('EK_FUNCTION_NOT_FOUND', `there is no function ${JSON.stringify(name)}`, { status: 404 })
}

export function versionNotFound(name: string, ref: string): ServerError {
  const message = `the function ${JSON.stringify(name)} has no version or alias ${JSON.stringify(ref)}`
  return new ServerError('EK_FUNCTION_VERSION_NOT_FOUND', message, { status: 404 })
}
