import { compileExpression } from 'filtrex'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { getPath, parsePropertyPath, type PlainRecord } from '../util/records.ts'

/** A condition over variables or metrics: `count > 3 and name == "x"`. Names with other characters stand in single quotes. */
export interface Expression {
  /** What is missing counts as `missing`. A type error gives an Error instead of throwing. */
  evaluate(values: PlainRecord): unknown
}

/** @throws LabError `EK_LAB_TEMPLATE` when the text is no expression. */
export function parseExpression(text: string, missing: unknown): Expression {
  try {
    const evaluate = compileExpression(text, {
      customProp: (name: string, _get: unknown, values: PlainRecord): unknown => lookUp(name, values, missing),
    }) as (values: PlainRecord) => unknown
    return { evaluate }
  } catch (error) {
    throw new LabError('EK_LAB_TEMPLATE', `The expression "${text}" could not be understood: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

const constants: Readonly<Record<string, unknown>> = { true: true, false: false }

function lookUp(name: string, values: PlainRecord, missing: unknown): unknown {
  if (name in constants && values[name] === undefined) return constants[name]
  return values[name] ?? getPath(values, parsePropertyPath(name)) ?? missing
}
