import type { Freshness } from '@evenkeel/pool'
import { Type, type TSchema } from 'typebox'
import type { ResolvedBlocksOptions } from '../../config/options.ts'
import { hostPattern } from '../../config/host-pattern.ts'
import { ServerError } from '../../errors/server-error.ts'
import { wordedPattern } from '../../config/worded-pattern.ts'
import { checkSize, requestedLimits, runLimitsSchema, type RunLimits } from '../run-request.ts'
import { checkAddressRanges } from './address-list.ts'
import { compileValueSchema } from './value-schema.ts'

/** A version of a function as it is stored, without its secrets. */
export interface FunctionSpec {
  readonly code: string
  readonly language: 'js' | 'ts'
  readonly description: string
  readonly limits: RunLimits
  readonly freshness: Freshness
  readonly env: Readonly<Record<string, string>>
  /** Addresses and ranges that may call it; empty for all. */
  readonly ipAllow: readonly string[]
  /** Hosts that it may send requests to; null for the server's policy alone. */
  readonly egress: readonly string[] | null
  readonly inputSchema: unknown
  readonly outputSchema: unknown
  readonly webhook: WebhookSpec
}

interface WebhookSpec {
  /** Callable without a token; the token that stored the function pays. */
  readonly public: boolean
  /** The input also has `rawBody`, such as a signature needs. */
  readonly rawBody: boolean
}

/** What {@link functionBodySchema} lets through. */
export interface FunctionBody extends Partial<Omit<FunctionSpec, 'code' | 'webhook'>> {
  readonly code: string
  readonly webhook?: Partial<WebhookSpec>
  /** Those given are set, null removes one, the others stay. */
  readonly secrets?: Readonly<Record<string, string | null>>
}

const closed = { additionalProperties: false } as const
const variableName = '^[A-Za-z_][A-Za-z0-9_]{0,99}$'
const maxVariableLength = 8_192
const variables = (value: TSchema): TSchema =>
  Type.Object({}, { patternProperties: { [variableName]: value }, additionalProperties: false, maxProperties: 64 })

export const functionNamePattern: string = wordedPattern(
  '^[a-z0-9][a-z0-9_-]{0,62}$',
  'must be up to 63 small letters, digits, "-" and "_", with a letter or digit first',
)
export const aliasPattern: string = wordedPattern(
  '^[a-z][a-z0-9_-]{0,31}$',
  'must be up to 32 small letters, digits, "-" and "_", with a letter first',
)

export const functionBodySchema: TSchema = Type.Object(
  {
    code: Type.String({ minLength: 1, description: 'A function body, or a module with a default export' }),
    language: Type.Optional(Type.Enum(['js', 'ts'])),
    description: Type.Optional(Type.String({ maxLength: 2_000 })),
    limits: Type.Optional(runLimitsSchema),
    freshness: Type.Optional(Type.Enum(['context', 'isolate', 'process', 'reuse'])),
    env: Type.Optional(variables(Type.String({ maxLength: maxVariableLength }))),
    secrets: Type.Optional(
      variables(Type.Union([Type.String({ minLength: 1, maxLength: maxVariableLength }), Type.Null()])),
    ),
    ipAllow: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 256 })),
    egress: Type.Optional(
      Type.Union([Type.Array(Type.String({ maxLength: 255, pattern: hostPattern }), { maxItems: 256 }), Type.Null()]),
    ),
    inputSchema: Type.Optional(Type.Unknown({ description: 'JSON Schema of the input' })),
    outputSchema: Type.Optional(Type.Unknown({ description: 'JSON Schema of the result' })),
    webhook: Type.Optional(
      Type.Object({ public: Type.Optional(Type.Boolean()), rawBody: Type.Optional(Type.Boolean()) }, closed),
    ),
  },
  closed,
)

export interface SpecRules {
  readonly blocks: ResolvedBlocksOptions
  /** What the engine offers. */
  readonly freshness: readonly Freshness[]
}

/** Fills in the defaults and checks what no schema can say. Throws `EK_REQUEST_INVALID` or `EK_BLOCK_CODE_TOO_LARGE`. */
export function functionSpec(body: FunctionBody, { blocks, freshness: offered }: SpecRules): FunctionSpec {
  const { code, language = 'js', description = '', limits = {}, freshness = 'context', env = {} } = body
  const { ipAllow = [], egress = null, inputSchema = null, outputSchema = null } = body
  checkSize('code', Buffer.byteLength(code), requestedLimits(limits, blocks).codeBytes)
  if (!offered.includes(freshness)) {
    const message = `the field "freshness" is ${JSON.stringify(freshness)}, and this server offers ${offered.join(', ')}`
    throw new ServerError('EK_REQUEST_INVALID', message)
  }
  checkAddressRanges('ipAllow', ipAllow)
  compileValueSchema('inputSchema', inputSchema)
  compileValueSchema('outputSchema', outputSchema)
  const webhook = { public: false, rawBody: false, ...body.webhook }
  return { code, language, description, limits, freshness, env, ipAllow, egress, inputSchema, outputSchema, webhook }
}
