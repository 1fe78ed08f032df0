import type { Finding } from '../errors/lab-error.ts'

/** `script.yml:12:3: message (hint)`, the form that editors make a link of. */
export function formatFinding(finding: Finding): string {
  const place = [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(':')
  const hint = finding.hint === undefined ? '' : ` (${finding.hint})`
  return `${place === '' ? '' : `${place}: `}${finding.message}${hint}`
}
