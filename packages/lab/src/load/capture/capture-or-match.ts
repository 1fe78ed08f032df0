import { messageOf } from '../../errors/lab-error.ts'
import { compileValue } from '../../script/template.ts'
import { asRecord, parsePropertyPath, setPath, type PlainRecord } from '../../util/records.ts'
import { toText } from '../../util/to-text.ts'
import type { User } from '../user.ts'
import { expressionOf, extract, type CaptureSpec, type Extractable } from './extract.ts'

interface CaptureFailure {
  readonly message: string
}

export interface CaptureResult {
  /** Values to store, unless a strict capture or match failed. */
  readonly values: readonly { readonly name: string; readonly value: unknown }[]
  readonly failures: readonly CaptureFailure[]
}

/** Runs captures and matches on a response; stores nothing. */
export async function captureOrMatch(
  specs: { readonly capture: readonly PlainRecord[]; readonly match: readonly PlainRecord[] },
  response: Extractable,
  user: User,
): Promise<CaptureResult> {
  const values: { name: string; value: unknown }[] = []
  const failures: CaptureFailure[] = []
  for (const raw of specs.capture) {
    const spec = fill(raw, user)
    const { value, problem } = await tryExtract(spec, response, user)
    const empty = value === undefined || value === ''
    if (empty && isStrict(spec, user.environment.script.http.strictCapture))
      failures.push({
        message: `nothing captured by ${expressionOf(spec)}${problem === undefined ? '' : `: ${problem}`}`,
      })
    else if (!empty && spec['as'] !== undefined) values.push({ name: toText(spec['as']), value })
  }
  for (const raw of specs.match) {
    const spec = fill(raw, user)
    const { value, problem } = await tryExtract(spec, response, user)
    if (value === spec['value'] || !isStrict(spec, true)) continue
    const got = problem ?? toText(value)
    failures.push({ message: `${expressionOf(spec)} is ${got}, expected ${toText(spec['value'])}` })
  }
  return { values, failures }
}

export function storeCaptures(result: CaptureResult, user: User): void {
  for (const { name, value } of result.values) setPath(user.vars, parsePropertyPath(name), value)
}

function fill(raw: PlainRecord, user: User): CaptureSpec {
  return asRecord(compileValue(raw).fill(user.scope))
}

async function tryExtract(
  spec: CaptureSpec,
  response: Extractable,
  user: User,
): Promise<{ readonly value: unknown; readonly problem: string | undefined }> {
  try {
    return { value: await extract(spec, response, user.environment.random), problem: undefined }
  } catch (error) {
    return { value: undefined, problem: messageOf(error) }
  }
}

function isStrict(spec: CaptureSpec, byDefault: boolean): boolean {
  const { strict } = spec
  if (strict === undefined || strict === null) return byDefault
  return strict !== false && strict !== 'false'
}
