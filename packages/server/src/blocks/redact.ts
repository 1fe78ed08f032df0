import type { ProgramError, RunReport } from '@evenkeel/pool'

const mask = '[redacted]'
/** Shorter values would mask ordinary text. */
const minSecretLength = 4

/** Takes secret values out of a text, the longest first, so that one inside another leaves nothing behind. */
function redactText(text: string, secrets: readonly string[]): string {
  return maskable(secrets).reduce((rest, secret) => rest.replaceAll(secret, mask), text)
}

/** The report without secret values in logs and error texts. The result is the program's own affair. */
export function redactReport(report: RunReport, secrets: readonly string[]): RunReport {
  if (secrets.length === 0) return report
  const clean = (text: string): string => redactText(text, secrets)
  const logs = report.logs.map((entry) => ({ ...entry, message: clean(entry.message) }))
  const { outcome } = report
  if (outcome.status !== 'failed') return { ...report, logs }
  return { ...report, logs, outcome: { ...outcome, error: redactError(outcome.error, clean) } }
}

/** Causes and members of an aggregated error included. */
function redactError(error: ProgramError, clean: (text: string) => string): ProgramError {
  const { message, stack, cause, errors } = error
  return {
    ...error,
    message: clean(message),
    ...(stack === undefined ? {} : { stack: clean(stack) }),
    ...(cause === undefined ? {} : { cause: redactError(cause, clean) }),
    ...(errors === undefined ? {} : { errors: errors.map((each) => redactError(each, clean)) }),
  }
}

/** Takes secret values out of JSON text, where they may be escaped. */
export function redactJson(json: string, secrets: readonly string[]): string {
  const escaped = secrets.map((secret) => JSON.stringify(secret).slice(1, -1))
  return redactText(json, [...secrets, ...escaped])
}

function maskable(secrets: readonly string[]): string[] {
  return secrets.filter(({ length }) => length >= minSecretLength).toSorted((a, b) => b.length - a.length)
}
