import { labErrors, type ErrorFault, type LabErrorCode } from './error-codes.ts'

const brand = Symbol.for('evenkeel.lab.error')

/** One finding about an input file, with its place. Lines and columns count from 1. */
export interface Finding {
  readonly message: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
  readonly hint?: string
}

export interface LabErrorOptions {
  readonly cause?: unknown
  /** What the reader can do about it. */
  readonly hint?: string
  /** Single findings, when the error reports several. */
  readonly findings?: readonly Finding[]
}

/** An error of the lab. Match it by `code`: instances cross threads and processes. */
export class LabError extends Error {
  readonly code: LabErrorCode
  readonly fault: ErrorFault
  readonly hint: string | undefined
  readonly findings: readonly Finding[]

  constructor(code: LabErrorCode, message: string, options: LabErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'LabError'
    this.code = code
    this.fault = labErrors[code].fault
    this.hint = options.hint
    this.findings = options.findings ?? []
    Object.defineProperty(this, brand, { value: true })
  }
}

export function isLabError(value: unknown): value is LabError {
  return typeof value === 'object' && value !== null && brand in value
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
