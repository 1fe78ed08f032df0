import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerOptions } from '@evenkeel/server'

const marks = [
  'evenkeel.config.ts',
  'evenkeel.config.js',
  'evenkeel.config.json',
  'functions',
  'pages',
  'apps',
  '.evenkeel',
] as const

/** The folder where a project keeps its data. */
export function dataDirOf(folder: string): string {
  return join(folder, '.evenkeel')
}

/** A folder that was named, or one that looks like a project, keeps its data; otherwise nothing is kept. */
export function projectOptions(folder: string | undefined): ServerOptions {
  const isProject = folder !== undefined || marks.some((name) => existsSync(name))
  if (!isProject) return {}
  const projectDir = folder ?? '.'
  return { projectDir, dataDir: dataDirOf(projectDir) }
}
