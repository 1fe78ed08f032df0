import type { Freshness } from '@evenkeel/pool'
import { Type, type TSchema } from 'typebox'
import type { BlockLimits, ResolvedBlocksOptions } from '../config/options.ts'
import { ServerError } from '../errors/server-error.ts'

const limit = Type.Optional(Type.Integer({ minimum: 1 }))

/** Limits that a run or a function may ask for. */
export const runLimitsSchema: TSchema = Type.Object(
  {
    wallMs: limit,
    cpuMs: limit,
    memoryMb: Type.Optional(Type.Integer({ minimum: 8 })),
    subrequests: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
)

export const runRequestSchema: TSchema = Type.Object(
  {
    code: Type.String({ minLength: 1, description: 'A function body, strict mode, top-level await allowed' }),
    input: Type.Optional(Type.Unknown({ description: 'Any JSON value; the block sees it as `input`' })),
    language: Type.Optional(Type.Enum(['js', 'ts'])),
    limits: Type.Optional(runLimitsSchema),
  },
  { additionalProperties: false },
)

/** What {@link runRequestSchema} lets through. */
export interface RunRequestBody {
  readonly code: string
  readonly input?: unknown
  readonly language?: 'js' | 'ts'
  readonly limits?: RunLimits
}

/** What {@link runLimitsSchema} lets through. */
export interface RunLimits {
  readonly wallMs?: number
  readonly cpuMs?: number
  readonly memoryMb?: number
  readonly subrequests?: number
}

/** What a stored function gets besides its input. The block sees it in `ctx`. */
interface RunContext {
  readonly function: string
  readonly version: number
  readonly env: Readonly<Record<string, string>>
  /** Their values are taken out of logs, errors and the history. */
  readonly secrets: Readonly<Record<string, string>>
}

/** A run as the service takes it: checked, with its limits. */
export interface BlockRun {
  readonly code: string
  readonly language: 'js' | 'ts'
  /** JSON text. */
  readonly input: string
  readonly limits: BlockLimits
  readonly context?: RunContext
  readonly freshness?: Freshness
  /** Hosts that it may send requests to. Absent: the server's policy alone. */
  readonly egress?: readonly string[]
}

/** Applies sizes and limits. Throws what answers the request: 413 for sizes, 400 for a limit above the server's maximum. */
export function blockRun(body: RunRequestBody, options: ResolvedBlocksOptions): BlockRun {
  const limits = requestedLimits(body.limits ?? {}, options)
  const input = JSON.stringify(body.input ?? {})
  checkSize('code', Buffer.byteLength(body.code), limits.codeBytes)
  checkSize('input', Buffer.byteLength(input), limits.inputBytes)
  return { code: body.code, language: body.language ?? 'js', input, limits }
}

/** The limits of a run that asks for these. Throws `EK_REQUEST_INVALID` for one above the server's maximum. */
export function requestedLimits(asked: RunLimits, { limits, maxLimits }: ResolvedBlocksOptions): BlockLimits {
  for (const name of Object.keys(asked) as (keyof typeof asked)[]) {
    const value = asked[name]
    if (value === undefined || value <= maxLimits[name]) continue
    throw new ServerError(
      'EK_REQUEST_INVALID',
      `the field "limits.${name}" is ${value}, above the server's maximum of ${maxLimits[name]}`,
    )
  }
  const { wallMs } = asked
  // Who asks for wall time alone may compute all that time.
  const cpuMs = wallMs === undefined ? limits.cpuMs : Math.min(maxLimits.cpuMs, Math.max(limits.cpuMs, wallMs))
  return { ...limits, cpuMs, ...(asked as Partial<BlockLimits>) }
}

export function checkSize(field: 'code' | 'input', bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return
  const code = field === 'code' ? 'EK_BLOCK_CODE_TOO_LARGE' : 'EK_BLOCK_INPUT_TOO_LARGE'
  throw new ServerError(code, `the field "${field}" has ${bytes} bytes, above the limit of ${maxBytes}`, {
    status: 413,
  })
}
