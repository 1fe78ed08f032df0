import { join } from 'node:path'
import { serve, type RunningServer, type ServerOptions } from '@evenkeel/server'
import { tempFolder, type Files } from './temp-app.ts'

/** A server of a project with the given files. Everything is gone after the test. */
export interface TempSite extends AsyncDisposable {
  readonly folder: string
  readonly server: RunningServer
  readonly url: string
  write: (name: string, text: string) => void
  admin(path: string, init?: RequestInit): Promise<Response>
}

export async function tempSite(files: Files, options: ServerOptions = {}): Promise<TempSite> {
  using stack = new DisposableStack()
  const { folder, write } = stack.use(tempFolder(files))
  const places = { projectDir: folder, dataDir: join(folder, '.evenkeel') }
  const server = await serve({
    port: 0,
    adminPort: 0,
    drainMs: 5_000,
    ...places,
    blocks: { hosts: 1, spares: 0 },
    ...options,
  })
  const folders = stack.move()
  const dispose = async (): Promise<void> => {
    await server.close()
    folders.dispose()
  }
  const admin = (path: string, init?: RequestInit): Promise<Response> => fetch(server.adminUrl + path, init)
  return { folder, server, url: server.url, write, admin, [Symbol.asyncDispose]: dispose }
}
