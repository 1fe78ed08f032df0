import { isAbsolute, normalize, resolve, sep } from 'node:path'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { ServerError } from '../../errors/server-error.ts'
import type { BindingConfig, BindingsConfig } from './binding-config.ts'
import { bindingSchemas, destinationSchemas } from './binding-schemas.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A config that was checked, its addresses and secrets filled in from the environment. */
export type ResolvedBinding = BindingConfig | { readonly type: 'value'; readonly value: string | number | boolean }

/** The binding and the path of the option below it, for messages. */
interface Place {
  readonly name: string
  readonly path: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Checks every binding at the door. Throws `EK_BINDING_INVALID` with the name of the option and what was expected. Values are never
 * in a message: an address or a header may hold a password.
 */
export function resolveBindings(
  config: BindingsConfig,
  environment: Environment,
): ReadonlyMap<string, ResolvedBinding> {
  if (!isFields(config)) throw invalid({ name: '', path: [] }, 'must be an object')
  return new Map(Object.entries(config).map(([name, binding]) => [name, resolveBinding(name, binding, environment)]))
}

function resolveBinding(name: string, binding: unknown, environment: Environment): ResolvedBinding {
  const place = { name, path: [] }
  if (!/^[A-Za-z_$][\w$]{0,63}$/.test(name) || name === '__proto__')
    throw invalid(place, 'must have a name of letters, digits and "_", at most 64')
  if (typeof binding === 'string' || typeof binding === 'boolean') return { type: 'value', value: binding }
  if (typeof binding === 'number' && Number.isFinite(binding)) return { type: 'value', value: binding }
  if (!isFields(binding)) throw invalid(place, 'must be an object with a "type", a text, a number or a boolean')
  checkShape(place, binding, bindingSchemas)
  const fields = withDestination(place, withUrl(place, binding, environment), environment)
  const resolved = withSecret(place, fields, environment) as unknown as BindingConfig
  if (resolved.type === 'redis' || resolved.type === 'postgres') requireUrl(place, resolved)
  return resolved
}

/** What `type` may be is told first: of a union, no message could say which member was meant. */
function checkShape(place: Place, fields: Fields, schemas: Readonly<Record<string, TSchema>>): void {
  const { type } = fields
  const schema = typeof type === 'string' && Object.hasOwn(schemas, type) ? schemas[type] : undefined
  if (schema === undefined) {
    const types = Object.keys(schemas).join(', ')
    throw invalid(below(place, 'type'), `must be one of ${types}, not ${JSON.stringify(type)}`)
  }
  const problems = Compile(schema).Errors(fields)
  const problem = problems.find(({ keyword }) => keyword === 'additionalProperties') ?? problems[0]
  if (problem === undefined) return
  const path = problem.instancePath.split('/').slice(1)
  const extra = (problem.params as { additionalProperties?: string[] }).additionalProperties?.[0]
  const missing = (problem.params as { requiredProperties?: string[] }).requiredProperties?.[0]
  if (extra !== undefined) throw invalid(below(place, ...path, extra), 'is no option of this type')
  if (missing !== undefined) throw invalid(below(place, ...path, missing), 'is missing')
  throw invalid(below(place, ...path), problem.message)
}

function withUrl(place: Place, fields: Fields, environment: Environment): Fields {
  const { urlFromEnv, ...others } = fields
  if (urlFromEnv === undefined) return fields
  if (others['url'] !== undefined) throw invalid(below(place, 'url'), 'and "urlFromEnv" exclude each other')
  return { ...others, url: variableOf(below(place, 'urlFromEnv'), urlFromEnv as string, environment) }
}

function withSecret(place: Place, fields: Fields, environment: Environment): Fields | ResolvedBinding {
  if (fields['type'] !== 'secret') return fields
  return { type: 'value', value: variableOf(below(place, 'fromEnv'), fields['fromEnv'] as string, environment) }
}

function withDestination(place: Place, fields: Fields, environment: Environment): Fields {
  if (fields['type'] !== 'batch') return fields
  const { destination } = fields
  const inside = below(place, 'destination')
  if (!isFields(destination)) throw invalid(inside, 'must be an object with a "type"')
  checkShape(inside, destination, destinationSchemas)
  const resolved = withHeaders(inside, withUrl(inside, destination, environment), environment)
  if (resolved['type'] === 'redis') requireUrl(inside, resolved)
  return { ...fields, destination: resolved }
}

function withHeaders(place: Place, fields: Fields, environment: Environment): Fields {
  const { headersFromEnv, ...others } = fields
  if (headersFromEnv === undefined) return fields
  const given = Object.entries(headersFromEnv as Record<string, string>)
  const headers = given.map(([header, variable]) => [
    header,
    variableOf(below(place, 'headersFromEnv', header), variable, environment),
  ])
  return { ...others, headers: { ...(others['headers'] as object | undefined), ...Object.fromEntries(headers) } }
}

function variableOf(place: Place, variable: string, environment: Environment): string {
  const value = environment[variable]
  if (value === undefined || value === '')
    throw invalid(place, `names the environment variable "${variable}", which is not set`)
  return value
}

function requireUrl(place: Place, fields: { readonly url?: unknown }): void {
  if (fields.url === undefined) throw invalid(below(place, 'url'), 'or "urlFromEnv" is missing')
}

/** A path below a folder. Throws `EK_BINDING_INVALID` for one that leads out of it. */
export function pathBelow(
  folder: string,
  path: string,
  option: { readonly name: string; readonly option: string },
): string {
  const normal = normalize(path)
  if (isAbsolute(path) || normal === '..' || normal.startsWith(`..${sep}`) || path.includes('\0'))
    throw invalid({ name: option.name, path: [option.option] }, 'must be a relative path that stays in its folder')
  return resolve(folder, normal)
}

function invalid(place: Place, problem: string): ServerError {
  const option = ['bindings', place.name, ...place.path].filter((part) => part !== '').join('.')
  return new ServerError('EK_BINDING_INVALID', `the option "${option}" ${problem}`)
}

function below(place: Place, ...path: readonly string[]): Place {
  return { name: place.name, path: [...place.path, ...path] }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
