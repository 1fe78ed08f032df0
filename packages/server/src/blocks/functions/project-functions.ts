import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { Type, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { ServerError } from '../../errors/server-error.ts'
import type { Storage } from '../../storage/storage.ts'
import { projectTenant, type Caller } from '../../tokens/caller.ts'
import { scheduleBodySchema } from '../schedules/routes.ts'
import type { ScheduleBody, ScheduleService } from '../schedules/schedule-service.ts'
import type { FunctionService } from './function-service.ts'
import { functionBodySchema, functionNamePattern, type FunctionBody } from './function-spec.ts'

/** `functions/<name>.json`, beside the code: what else belongs to the function. */
interface Sidecar extends Omit<FunctionBody, 'code' | 'language' | 'secrets'> {
  /** Names of environment variables of the server that become secrets of the function. */
  readonly secretsFromEnv?: readonly string[]
  readonly schedules?: Readonly<Record<string, ScheduleBody>>
}

interface ProjectFunction {
  readonly name: string
  readonly body: FunctionBody
  readonly schedules: Readonly<Record<string, ScheduleBody>>
}

export interface ProjectDeployment {
  readonly folder: string
  readonly functions: FunctionService
  readonly schedules: ScheduleService
  readonly storage: Storage
}

const languages: Readonly<Record<string, 'js' | 'ts'>> = { '.js': 'js', '.mjs': 'js', '.ts': 'ts', '.mts': 'ts' }
const project: Caller = { tenant: projectTenant, token: undefined, scopes: new Set() }

const {
  code: _code,
  language: _language,
  secrets: _secrets,
  ...sidecarProperties
} = (functionBodySchema as { properties: Record<string, TSchema> } & TSchema).properties

const sidecarValidator = Compile(
  Type.Object(
    {
      ...(sidecarProperties as Record<string, TSchema>),
      secretsFromEnv: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
      schedules: Type.Optional(Type.Record(Type.String(), scheduleBodySchema)),
    },
    { additionalProperties: false },
  ),
)

/**
 * Makes the functions of the project those of `functions/` in the folder: new versions for changed files, and none for missing ones.
 * Returns their names. Throws `EK_PROJECT_FUNCTION`.
 */
export async function deployProjectFunctions({
  folder,
  functions,
  schedules,
  storage,
}: ProjectDeployment): Promise<readonly string[]> {
  const found = readFunctions(join(folder, 'functions'))
  for (const { name, body, schedules: wanted } of found) {
    await named(name, () => functions.deploy(name, body, project))
    await named(name, () => syncSchedules(name, wanted, schedules))
  }
  const names = new Set(found.map(({ name }) => name))
  const stored = await storage.functions.list({ tenants: [projectTenant], limit: 10_000 })
  for (const { name } of stored) if (!names.has(name)) await functions.delete(name, project)
  return [...names]
}

async function syncSchedules(
  name: string,
  wanted: ProjectFunction['schedules'],
  service: ScheduleService,
): Promise<void> {
  const existing = await service.list(name, project)
  for (const { id } of existing) if (!Object.hasOwn(wanted, id)) await service.delete(name, id, project)
  for (const [id, body] of Object.entries(wanted)) await service.put({ name, id }, body, project)
}

async function named(name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { message, position } = error as ServerError
    const { line, column } = position ?? {}
    throw unusable(name, line === undefined ? message : `${message} (line ${line}, column ${column})`, error)
  }
}

function readFunctions(folder: string): readonly ProjectFunction[] {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((file) => languages[extname(file)] !== undefined && !/\.d\.m?ts$/.test(file))
  const found = files.toSorted().map((file) => readFunction(folder, file))
  const twice = found.find(({ name }, index) => found.findIndex((other) => other.name === name) !== index)
  if (twice !== undefined) throw unusable(twice.name, 'there are two files of this name')
  return found
}

function readFunction(folder: string, file: string): ProjectFunction {
  const name = basename(file, extname(file))
  if (!new RegExp(functionNamePattern).test(name))
    throw unusable(name, 'a name has lower-case letters, digits, "-" and "_"')
  const { secretsFromEnv = [], schedules = {}, ...rest } = readSidecar(name, join(folder, `${name}.json`))
  const code = readFileSync(join(folder, file), 'utf8')
  const secrets = Object.fromEntries(secretsFromEnv.map((variable) => [variable, requiredVariable(name, variable)]))
  const body: FunctionBody = { ...rest, code, language: languages[extname(file)] ?? 'js', secrets }
  return { name, body, schedules }
}

function readSidecar(name: string, path: string): Sidecar {
  if (!existsSync(path)) return {}
  let sidecar: unknown
  try {
    sidecar = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw unusable(name, `${basename(path)} is no JSON: ${(error as Error).message}`)
  }
  if (sidecarValidator.Check(sidecar)) return sidecar as Sidecar
  const [problem] = sidecarValidator.Errors(sidecar)
  throw unusable(
    name,
    `${basename(path)}: "${(problem?.instancePath ?? '').slice(1)}" ${problem?.message ?? 'is invalid'}`,
  )
}

function requiredVariable(name: string, variable: string): string {
  const value = process.env[variable]
  if (value !== undefined && value !== '') return value
  throw unusable(name, `the environment variable ${variable}, one of its secrets, is not set`)
}

function unusable(name: string, why: string, cause?: unknown): ServerError {
  return new ServerError(
    'EK_PROJECT_FUNCTION',
    `the function "${name}" of the project folder cannot be deployed: ${why}`,
    { cause },
  )
}
