import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { InvalidArgumentError } from 'commander'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { isRecord, type PlainRecord } from '../util/records.ts'
import { parseDurationMs } from '../util/duration.ts'

/** For commander: a positive number. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('a number above 0 is needed')
  return value
}

export function positiveInteger(text: string): number {
  const value = positiveNumber(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('a whole number above 0 is needed')
  return value
}

/** For commander: milliseconds of `10`, `10s`, `500ms`, `2m`. */
export function durationOption(text: string): number {
  const value = parseDurationMs(text)
  if (value === undefined || value <= 0) throw new InvalidArgumentError('a duration such as 10s, 500ms or 2m is needed')
  return value
}

/** For commander: an option that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text]
}

/** For commander: a JSON record. */
export function jsonRecord(text: string): PlainRecord {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return value
  } catch (error) {
    throw new InvalidArgumentError(`it is not JSON: ${messageOf(error)}`)
  }
  throw new InvalidArgumentError('a JSON object is needed')
}

/** `name=value` pairs, or a JSON record; several add up. */
export function variablesOf(given: readonly string[]): PlainRecord {
  let variables: PlainRecord = {}
  for (const text of given) {
    if (text.trim().startsWith('{')) {
      variables = { ...variables, ...parseJson(text) }
      continue
    }
    const [name, value] = splitPair(text)
    variables[name] = value
  }
  return variables
}

function parseJson(text: string): PlainRecord {
  try {
    return jsonRecord(text)
  } catch (error) {
    throw new LabError('EK_LAB_USAGE', `The variables "${text}" cannot be read: ${messageOf(error)}`)
  }
}

/** @throws LabError `EK_LAB_USAGE` when there is no equals sign. */
function splitPair(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at <= 0) throw new LabError('EK_LAB_USAGE', `"${text}" must have the form name=value`)
  return [text.slice(0, at), text.slice(at + 1)]
}

export function labelsOf(given: readonly string[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((given ?? []).map((text) => splitPair(text)))
}

/** `Name: value` as curl takes them. */
export function headersOf(given: readonly string[] | undefined): Record<string, string> {
  const pairs = (given ?? []).map((text): [string, string] => {
    const at = text.indexOf(':')
    if (at <= 0) throw new LabError('EK_LAB_USAGE', `The header "${text}" must have the form "Name: value"`)
    return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  })
  return Object.fromEntries(pairs)
}

/** The environment with a dotenv file below it: what is set outside wins. */
export async function environmentWith(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string | undefined>>> {
  if (file === undefined) return env
  try {
    return { ...parseEnv(await readFile(file, 'utf8')), ...env }
  } catch (error) {
    throw new LabError('EK_LAB_SCRIPT_READ', `The environment file "${file}" could not be read: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
