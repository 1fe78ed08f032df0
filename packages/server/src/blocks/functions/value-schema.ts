import { Ajv, type ValidateFunction } from 'ajv'
import { ServerError } from '../../errors/server-error.ts'

/** Says what does not fit; undefined when the value fits. */
export type ValueCheck = (value: unknown) => string | undefined

/**
 * Keywords that let a schema take unbounded time on the gateway: expressions that backtrack, references that multiply, and
 * comparison of every item with every other.
 */
const refused = ['pattern', 'patternProperties', 'uniqueItems', '$ref', '$id', '$async', 'id', '$anchor'] as const
const maxSchemaBytes = 16_384

const metaValidator = new Ajv({ strict: false, validateFormats: false, logger: false })

/** Compiles a JSON Schema (draft 7; `format` is a note). Null means that everything fits. Throws `EK_REQUEST_INVALID`. */
export function compileValueSchema(field: string, schema: unknown): ValueCheck | undefined {
  if (schema === null || schema === undefined) return undefined
  if (typeof schema !== 'object' && typeof schema !== 'boolean') throw invalid(field, 'it must be an object')
  if (JSON.stringify(schema).length > maxSchemaBytes) throw invalid(field, `it is larger than ${maxSchemaBytes} bytes`)
  const check = compile(field, withoutDialect(schema))
  return (value) => {
    if (check(value) === true) return undefined
    const [problem] = check.errors ?? []
    const place = (problem?.instancePath ?? '').slice(1).replaceAll('/', '.')
    return `${place === '' ? 'it' : JSON.stringify(place)} ${problem?.message ?? 'does not fit'}`
  }
}

function compile(field: string, schema: object | boolean): ValidateFunction {
  if (!metaValidator.validateSchema(schema)) throw invalid(field, metaValidator.errorsText(metaValidator.errors))
  // One for each schema: an instance keeps what it compiled.
  const ajv = new Ajv({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    meta: false,
    validateSchema: false,
    validateFormats: false,
    addUsedSchema: false,
    ownProperties: true,
    logger: false,
  })
  for (const keyword of refused) ajv.removeKeyword(keyword)
  try {
    return ajv.compile(schema)
  } catch (error) {
    throw invalid(field, (error as Error).message)
  }
}

function withoutDialect(schema: object | boolean): object | boolean {
  if (typeof schema === 'boolean') return schema
  const { $schema: _dialect, ...rest } = schema as Record<string, unknown>
  return rest
}

function invalid(field: string, why: string): ServerError {
  return new ServerError(
    'EK_REQUEST_INVALID',
    `the field ${JSON.stringify(field)} is no JSON Schema that can be used: ${why}`,
    {
      hint: `Schemas are draft 7 without ${refused.slice(0, 4).join(', ')}`,
    },
  )
}
