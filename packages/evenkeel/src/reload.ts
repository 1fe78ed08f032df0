import { Command, Option } from 'commander'

/** Asks an app that runs to load itself anew. */
export function reloadCommand(): Command {
  return new Command('reload')
    .description('put a new version in the place of the one that "evenkeel run" or "evenkeel serve" serves')
    .addOption(
      new Option('--admin-url <url>', 'its admin address').env('EVENKEEL_ADMIN_URL').default('http://127.0.0.1:3001'),
    )
    .addOption(new Option('--token <token>', 'its admin token').env('EVENKEEL_TOKEN'))
    .option('--app <name>', 'which app of an "evenkeel serve"')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ evenkeel reload --admin-url http://127.0.0.1:3001\n  $ evenkeel reload --app shop\n\nExit 1 when the new version cannot be loaded; the one before goes on serving.',
    )
    .action(reload)
}

interface ReloadAnswer {
  readonly status: string
  readonly generation?: number
  readonly tookMs?: number
  readonly error?: { readonly message: string; readonly code: string }
}

interface ReloadFlags {
  readonly adminUrl: string
  readonly token?: string
  readonly app?: string
  readonly json?: boolean
}

async function reload({ adminUrl, token, app, json }: ReloadFlags): Promise<void> {
  const path = app === undefined ? '/admin/reload' : `/admin/apps/${encodeURIComponent(app)}/reload`
  const answer = await post(new URL(path, adminUrl), token)
  if (json === true) console.log(JSON.stringify(answer))
  const { generation, tookMs = 0, error } = answer
  if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code })
  if (json !== true) console.log(`version ${generation} serves, after ${Math.round(tookMs)} ms`)
}

async function post(url: URL, token: string | undefined): Promise<ReloadAnswer> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  try {
    const response = await fetch(url, { method: 'POST', headers })
    return (await response.json()) as ReloadAnswer
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    throw Object.assign(new Error(`no app answers at ${url.origin}: ${cause?.code ?? (error as Error).message}`), {
      code: 'EK_APP_UNREACHABLE',
    })
  }
}
