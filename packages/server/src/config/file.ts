import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ServerError } from '../errors/server-error.ts'
import type { ServerOptions } from './options.ts'

const names = ['evenkeel.config.ts', 'evenkeel.config.js', 'evenkeel.config.json'] as const

/** The options in a project folder's config file, unchecked; `{}` when it has none. Throws `EK_CONFIG_UNREADABLE`. */
export async function readConfigFile(folder: string): Promise<ServerOptions> {
  if (!existsSync(folder)) throw new ServerError('EK_CONFIG_UNREADABLE', `the folder "${folder}" does not exist`)
  const name = names.find((each) => existsSync(join(folder, each)))
  if (name === undefined) return {}
  const url = pathToFileURL(resolve(folder, name)).href
  try {
    const module = (await import(url, name.endsWith('.json') ? { with: { type: 'json' } } : undefined)) as {
      default?: ServerOptions
    }
    if (typeof module.default !== 'object') throw new Error('it has no default export')
    return withModuleRoot(module.default, folder)
  } catch (error) {
    throw new ServerError(
      'EK_CONFIG_UNREADABLE',
      `the config file "${join(folder, name)}" could not be read: ${(error as Error).message}`,
      {
        cause: error,
      },
    )
  }
}

/** Packages that blocks may load are looked up where the project is, not where the command was typed. */
function withModuleRoot(options: ServerOptions, folder: string): ServerOptions {
  const { blocks } = options
  if (blocks?.modules === undefined || blocks.moduleRoot !== undefined) return options
  return { ...options, blocks: { ...blocks, moduleRoot: resolve(folder) } }
}
