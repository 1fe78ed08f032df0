import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readConfigFile, serve, type RunningServer, type ServerOptions } from '@evenkeel/server'
import { projectOptions } from './project.ts'
import type { Command } from 'commander'
import { parsePort } from './parse-port.ts'

export interface ServeFlags {
  readonly host?: string
  readonly port?: number
  readonly adminHost?: string
  readonly adminPort?: number
  readonly allowAnonymous?: boolean
  readonly dataDir?: string
  readonly json?: boolean
}

const example = `
Example:
  $ evenkeel serve . --port 8080
  $ curl -d '{"code":"return input.a + input.b","input":{"a":1,"b":2}}' \\
      -H 'content-type: application/json' http://127.0.0.1:8080/v1/run`

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description(
      'serve what a folder holds: evenkeel.config.ts, functions/, pages/, apps/, and code blocks at POST /v1/run',
    )
    .argument('[dir]', 'project folder; without it, and without a project here, everything is kept in memory only')
    .option('--host <address>', 'address of the public listener (default 127.0.0.1)')
    .option('--port <number>', 'public port (default 3000; 0 takes a free one)', parsePort)
    .option('--admin-host <address>', 'address of the admin listener (default 127.0.0.1)')
    .option('--admin-port <number>', 'admin port (default 3001; 0 takes a free one)', parsePort)
    .option('--allow-anonymous', 'serve everybody who can reach an address that is not loopback')
    .option('--data-dir <folder>', 'where functions, tokens and the history are kept (default <dir>/.evenkeel)')
    .option('--json', 'print one line of JSON when the server answers')
    .addHelpText('after', example)
    .action(runServe)
}

/** Resolves when a signal has ended the server. */
export async function runServe(folder: string | undefined, flags: ServeFlags, more: ServerOptions = {}): Promise<void> {
  const stop = stopSignal()
  const { json = false, ...given } = flags
  const configured = await readConfigFile(folder ?? '.')
  const project = projectOptions(folder)
  const server = await serve({
    ...project,
    ...configured,
    ...environmentOptions(),
    ...given,
    ...(more.pages === undefined ? {} : { pages: { ...configured.pages, ...more.pages } }),
  })
  console.log(
    json
      ? JSON.stringify({ url: server.url, adminUrl: server.adminUrl, pid: process.pid })
      : greeting(server, hasPages({ ...configured, ...project })),
  )
  await stop
  if (!json) console.log('\nStopping: running blocks may end, new ones are refused. Once more to stop at once.')
  await server.close()
}

function environmentOptions(): ServerOptions {
  const {
    EVENKEEL_HOST: host,
    EVENKEEL_PORT: port,
    EVENKEEL_ADMIN_HOST: adminHost,
    EVENKEEL_ADMIN_PORT: adminPort,
    EVENKEEL_DATA_DIR: dataDir,
    EVENKEEL_SECRETS_KEY: secretsKey,
  } = process.env
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: parsePort(port) }),
    ...(adminHost === undefined ? {} : { adminHost }),
    ...(adminPort === undefined ? {} : { adminPort: parsePort(adminPort) }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(secretsKey === undefined ? {} : { secretsKey }),
  }
}

/** The first signal stops in order; the second ends the process as it would have without us. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

function hasPages({ projectDir, pages }: ServerOptions): boolean {
  return projectDir !== undefined && existsSync(join(projectDir, pages?.dir ?? 'pages'))
}

function greeting({ url, adminUrl }: RunningServer, withPages: boolean): string {
  const post = `curl -sS ${url}/v1/run -H 'content-type: application/json' -d`
  return `Evenkeel answers at ${url}  (admin ${adminUrl})
${withPages ? `\n  Pages, in a browser:\n    ${url}/\n` : ''}
  A block:
    ${post} '{"code":"return input.items.map((item) => item * 2)","input":{"items":[1,2,3]}}'

  An endless loop, stopped by its limits:
    ${post} '{"code":"for (;;);","limits":{"wallMs":500}}'

Ctrl-C stops.`
}
