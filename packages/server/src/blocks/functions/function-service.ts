import { createHash } from 'node:crypto'
import { ServerError } from '../../errors/server-error.ts'
import type { FunctionRecord, FunctionsStore, VersionRecord } from '../../storage/functions-store.ts'
import { projectTenant, type Caller } from '../../tokens/caller.ts'
import { functionNotFound, versionNotFound, type FunctionCatalog } from './function-catalog.ts'
import { functionSpec, type FunctionBody, type FunctionSpec, type SpecRules } from './function-spec.ts'
import type { SecretBox } from './secret-box.ts'

/** A function as it may be shown: the names of its secrets, never their values. */
export interface FunctionView extends FunctionSummary, Omit<FunctionSpec, 'description'> {
  readonly secrets: readonly string[]
}

export interface FunctionSummary {
  readonly name: string
  readonly version: number
  readonly currentVersion: number
  readonly description: string
  readonly aliases: Readonly<Record<string, number>>
  /** From the project folder: it cannot be changed through the API. */
  readonly managed: boolean
  readonly createdAt: string
  readonly updatedAt: string
}

export interface VersionView {
  readonly version: number
  readonly current: boolean
  readonly aliases: readonly string[]
  readonly description: string
  readonly codeDigest: string
  readonly createdAt: string
}

export interface Deployed {
  readonly name: string
  readonly version: number
  readonly previousVersion: number | null
  /** False when the current version already was this. */
  readonly changed: boolean
}

export interface FunctionServiceOptions {
  readonly functions: FunctionsStore
  readonly catalog: FunctionCatalog
  readonly box: SecretBox
  readonly rules: SpecRules
  /** Throws when the code does not compile. */
  readonly check: (source: Pick<FunctionSpec, 'code' | 'language'>, tenant: string) => Promise<void>
  readonly keepVersions: number
  readonly now?: () => number
}

/** Stores and shows functions. A caller sees those of its tenant and of the project, and changes its own. */
export class FunctionService {
  readonly #options: FunctionServiceOptions
  readonly #functions: FunctionsStore
  readonly #now: () => number

  constructor(options: FunctionServiceOptions) {
    this.#options = options
    this.#functions = options.functions
    this.#now = options.now ?? Date.now
  }

  async deploy(name: string, body: FunctionBody, caller: Caller): Promise<Deployed> {
    const { box, rules, keepVersions, catalog } = this.#options
    const spec = functionSpec(body, rules)
    const existing = await this.#functions.get(name)
    if (existing !== undefined) refuseForeign(existing, caller)
    await this.#options.check(spec, caller.tenant)
    const secrets = mergedSecrets(existing === undefined ? {} : await this.#secretsOf(existing), body.secrets)
    const specText = JSON.stringify(spec)
    const digest = createHash('sha256').update(specText).update(box.digest(secrets)).digest('base64url')
    const added = await this.#functions.addVersion({
      name,
      tenant: caller.tenant,
      ownerToken: caller.token?.id ?? null,
      description: spec.description,
      spec: specText,
      secrets: Object.keys(secrets).length === 0 ? null : box.seal(name, secrets),
      digest,
      nowMs: this.#now(),
      keepVersions,
    })
    if (added.status === 'taken') throw taken(name)
    catalog.forget(name)
    const { version, previousVersion } = added
    return { name, version, previousVersion, changed: added.status === 'added' }
  }

  async list(
    caller: Caller,
    query: { readonly after?: string; readonly limit: number },
  ): Promise<readonly FunctionSummary[]> {
    const records = await this.#functions.list({ ...query, tenants: [caller.tenant, projectTenant] })
    return records.map((record) => summary(record, record.currentVersion))
  }

  async get(name: string, ref: string, caller: Caller): Promise<FunctionView> {
    const record = await this.#visible(name, caller)
    const { version } = await this.#options.catalog.resolve(name, ref)
    const stored = await this.#functions.version(name, version)
    if (stored === undefined) throw versionNotFound(name, ref)
    const secrets = stored.secrets === null ? {} : this.#options.box.open(name, stored.secrets)
    return { ...specOf(stored), ...summary(record, version), secrets: Object.keys(secrets) }
  }

  async versions(name: string, caller: Caller): Promise<readonly VersionView[]> {
    const { currentVersion, aliases } = await this.#visible(name, caller)
    const versions = await this.#functions.versions(name)
    return versions.map((stored) => ({
      version: stored.version,
      current: stored.version === currentVersion,
      aliases: Object.keys(aliases).filter((alias) => aliases[alias] === stored.version),
      description: specOf(stored).description,
      codeDigest: createHash('sha256').update(specOf(stored).code).digest('hex'),
      createdAt: new Date(stored.createdAtMs).toISOString(),
    }))
  }

  /** Makes an older version the current one; the next deployment gets a new number. */
  async rollback(name: string, version: number, caller: Caller): Promise<Deployed> {
    const { currentVersion } = await this.#own(name, caller)
    if (!(await this.#functions.setCurrent(name, version, this.#now()))) throw versionNotFound(name, String(version))
    this.#options.catalog.forget(name)
    return { name, version, previousVersion: currentVersion, changed: version !== currentVersion }
  }

  /** @param version null removes the alias. */
  async setAlias(
    target: { readonly name: string; readonly alias: string; readonly version: number | null },
    caller: Caller,
  ): Promise<FunctionSummary> {
    const { name, alias, version } = target
    await this.#own(name, caller)
    if (!(await this.#functions.setAlias(name, alias, version)))
      throw versionNotFound(name, version === null ? alias : String(version))
    this.#options.catalog.forget(name)
    const record = await this.#visible(name, caller)
    return summary(record, record.currentVersion)
  }

  async delete(name: string, caller: Caller): Promise<void> {
    await this.#own(name, caller)
    await this.#functions.delete(name)
    this.#options.catalog.forget(name)
  }

  /** Throws 404 for a function that the caller may not see. */
  async requireVisible(name: string, caller: Caller): Promise<void> {
    await this.#visible(name, caller)
  }

  async requireOwn(name: string, caller: Caller): Promise<void> {
    await this.#own(name, caller)
  }

  async #visible(name: string, caller: Caller): Promise<FunctionRecord> {
    const record = await this.#functions.get(name)
    if (record === undefined || !isVisible(record.tenant, caller)) throw functionNotFound(name)
    return record
  }

  async #own(name: string, caller: Caller): Promise<FunctionRecord> {
    const record = await this.#visible(name, caller)
    refuseForeign(record, caller)
    return record
  }

  async #secretsOf({ name, currentVersion }: FunctionRecord): Promise<Readonly<Record<string, string>>> {
    const stored = await this.#functions.version(name, currentVersion)
    return stored === undefined || stored.secrets === null ? {} : this.#options.box.open(name, stored.secrets)
  }
}

export function isVisible(tenant: string, caller: Caller): boolean {
  return tenant === caller.tenant || tenant === projectTenant
}

function refuseForeign({ name, tenant }: FunctionRecord, caller: Caller): void {
  if (tenant === caller.tenant) return
  if (tenant !== projectTenant) throw taken(name)
  const message = `the function ${JSON.stringify(name)} comes from the project folder`
  throw new ServerError('EK_FUNCTION_READ_ONLY', message, {
    status: 409,
    hint: 'Change its file and start the server again',
  })
}

function taken(name: string): ServerError {
  return new ServerError('EK_FUNCTION_NAME_TAKEN', `the name ${JSON.stringify(name)} is taken`, { status: 409 })
}

function mergedSecrets(
  before: Readonly<Record<string, string>>,
  given: FunctionBody['secrets'] = {},
): Readonly<Record<string, string>> {
  const merged: Record<string, string> = { ...before }
  for (const [name, value] of Object.entries(given)) {
    if (value === null) delete merged[name]
    else merged[name] = value
  }
  return merged
}

function specOf({ spec }: VersionRecord): FunctionSpec {
  return JSON.parse(spec) as FunctionSpec
}

function summary(record: FunctionRecord, version: number): FunctionSummary {
  const { name, tenant, currentVersion, description, aliases, createdAtMs, updatedAtMs } = record
  return {
    name,
    version,
    currentVersion,
    description,
    aliases,
    managed: tenant === projectTenant,
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
  }
}
