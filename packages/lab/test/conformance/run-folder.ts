import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ScriptRun } from './script-group.ts'

export interface PreparedRun {
  /** Arguments after `run`, the script included. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Writes the files of a run into a folder, with the addresses of a server filled in. */
export async function prepareRun(
  run: ScriptRun,
  folder: string,
  addresses: Readonly<Record<string, string>>,
): Promise<PreparedRun> {
  const fill = (text: string): string => text.replaceAll(/__[A-Z]+__/g, (name) => addresses[name] ?? name)
  const isText = typeof run.script === 'string'
  const path = run.path ?? (isText ? 'script.yml' : 'script.json')
  const files = { ...run.files, [path]: isText ? String(run.script) : JSON.stringify(run.script, undefined, 2) }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), fill(content))
  }
  return {
    args: [...(run.args ?? ['-t', '__HTTP__']).map(fill), path],
    env: Object.fromEntries(Object.entries(run.env ?? {}).map(([name, value]) => [name, fill(value)])),
  }
}
