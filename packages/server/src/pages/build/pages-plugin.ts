import { normalizePath, type Plugin } from 'vite'
import type { PageFile } from '../routes/page-files.ts'
import { runtimeFiles } from './build-paths.ts'
import { clientEntry, clientEntryPrefix, serverEntry, serverEntryId, type RouterPackage } from './entries.ts'
import { stripServerCode } from './strip-server-code.ts'

export interface PagesPluginOptions {
  /** Asked each time, because development adds and removes files. */
  readonly pages: () => readonly PageFile[]
  readonly router: () => RouterPackage | undefined
  /** A page that cannot be imported leaves the others. Default false. */
  readonly apart?: boolean
}

/** Makes the entries of the two bundles, and keeps server code out of the one for browsers. */
export function pagesPlugin({ pages, router, apart = false }: PagesPluginOptions): Plugin {
  return {
    name: 'evenkeel:pages',
    enforce: 'pre',
    // A second copy of React, such as a linked package brings, breaks every hook.
    config: () => ({ resolve: { dedupe: ['react', 'react-dom'] } }),
    resolveId(source) {
      if (source === serverEntryId || source.startsWith(clientEntryPrefix)) return `\0${source}`
      // Pages import this package by name; the bundle must have the copy that renders it.
      if (source === '@evenkeel/server/page') return runtimeFiles.author
      if (source === 'devalue') return runtimeFiles.devalue
      return undefined
    },
    load(id) {
      if (id === `\0${serverEntryId}`) return serverEntry(pages(), { router: router(), apart })
      if (!id.startsWith(`\0${clientEntryPrefix}`)) return undefined
      const name = id.slice(clientEntryPrefix.length + 1)
      const page = pages().find((each) => each.id === name)
      if (page === undefined) throw new Error(`there is no page "${name}"`)
      return clientEntry(page, router())
    },
    transform(code, id) {
      if (this.environment.name !== 'client') return undefined
      const [file = ''] = id.split('?')
      const known = pages().some((page) => [page.file, ...page.layouts].some((each) => normalizePath(each) === file))
      const stripped = known ? stripServerCode(code, file) : undefined
      return stripped === undefined ? undefined : { code: stripped, map: null }
    },
  }
}
