import { readFileSync } from 'node:fs'

let version: string | undefined

/** Version of this package, from its manifest. */
export function labVersion(): string {
  version ??= readVersion()
  return version
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return (manifest as { version: string }).version
}
