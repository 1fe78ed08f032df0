import { text } from 'node:stream/consumers'
import {
  connectTokenAdmin,
  openTokenAdmin,
  scopes,
  type NewToken,
  type Scope,
  type TokenAdmin,
  type TokenLimits,
} from '@evenkeel/server'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { print, table } from './print.ts'
import { dataDirOf } from './project.ts'

interface AdminFlags {
  readonly dir: string
  readonly adminUrl?: string
  readonly token?: string
  readonly json?: boolean
}

const example = `
Examples:
  $ evenkeel token create ci --scope run --scope invoke --rate 600/60s --quota 100000/month
  $ evenkeel token list
  $ evenkeel token revoke tok_x1y2

They work on the project's own store, or with --admin-url on a server that runs.`

export function addTokenCommands(program: Command): void {
  const token = program.command('token').description('who may use the server').addHelpText('after', example)
  addCreate(token)
  admin(token.command('list').description('list tokens')).action(async (flags: AdminFlags) => {
    await using tokens = await adminOf(flags)
    const items = await tokens.list()
    const rows = items.map(({ id, name, status, scopes, lastUsedAt }) => [
      id,
      name,
      status,
      scopes.join(','),
      lastUsedAt ?? 'never',
    ])
    print(items, { ...flags, lines: table([['ID', 'NAME', 'STATUS', 'SCOPES', 'LAST USED'], ...rows]) })
  })
  admin(token.command('revoke').description('take a token out of force'))
    .argument('<id>')
    .action(async (id: string, flags: AdminFlags) => {
      await using tokens = await adminOf(flags)
      const view = await tokens.revoke(id)
      print(view, { ...flags, lines: [`${view.id} (${view.name}) is ${view.status}`] })
    })
}

interface CreateFlags extends AdminFlags {
  readonly scope: readonly Scope[]
  readonly tenant?: string
  readonly expires?: string
  readonly rate?: NonNullable<TokenLimits['rate']>
  readonly concurrency?: number
  readonly quota?: NonNullable<TokenLimits['quota']>
  readonly egress: readonly string[]
  readonly import?: boolean
}

function addCreate(token: Command): void {
  admin(token.command('create').description('create a token and print it, this once'))
    .argument('<name>', 'what it is for')
    .option('--scope <scope>', 'what it may do; may be given several times (default: all but admin)', collectScope, [])
    .option('--tenant <tenant>', 'whose work it is (default: its own)')
    .option('--expires <date>', 'when it expires, such as 2027-01-31')
    .option('--rate <runs/seconds>', 'such as 600/60s', parseRate)
    .option('--concurrency <runs>', 'runs at one time', parseWhole)
    .option('--quota <runs/period>', 'such as 100000/month, 5000/day or 100/total', parseQuota)
    .option('--egress <host>', 'a host that its runs may send requests to; may be given several times', collect, [])
    .option('--import', 'read the token from standard input instead of making one')
    .action(async (name: string, flags: CreateFlags) => {
      await using tokens = await adminOf(flags)
      const created = await tokens.create(await newToken(name, flags))
      print(created, { ...flags, lines: [created.token, `  ${created.id} (${name}); it is not shown again`] })
    })
}

function admin(command: Command): Command {
  return command
    .option('--dir <folder>', 'project folder whose store is used', '.')
    .addOption(new Option('--admin-url <url>', 'admin address of a server that runs').env('EVENKEEL_ADMIN_URL'))
    .addOption(new Option('--token <token>', 'token of the scope admin').env('EVENKEEL_TOKEN'))
    .option('--json', 'print JSON')
}

function adminOf({ dir, adminUrl, token }: AdminFlags): Promise<TokenAdmin> {
  if (adminUrl === undefined) return openTokenAdmin({ dataDir: process.env['EVENKEEL_DATA_DIR'] ?? dataDirOf(dir) })
  return connectTokenAdmin({ adminUrl, ...(token === undefined ? {} : { token }) })
}

async function newToken(name: string, flags: CreateFlags): Promise<NewToken> {
  const { scope, tenant, expires, rate, concurrency, quota, egress } = flags
  const limits: TokenLimits = {
    ...(rate === undefined ? {} : { rate }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(quota === undefined ? {} : { quota }),
    ...(egress.length === 0 ? {} : { egress }),
  }
  return {
    name,
    limits,
    ...(scope.length === 0 ? {} : { scopes: scope }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(expires === undefined ? {} : { expiresAtMs: parseDate(expires) }),
    ...(flags.import === true ? { secret: (await text(process.stdin)).trim() } : {}),
  }
}

function parseDate(date: string): number {
  const ms = Date.parse(date)
  if (Number.isNaN(ms)) throw new InvalidArgumentError(`--expires must be a date, not ${JSON.stringify(date)}.`)
  return ms
}

function parseRate(rate: string): NonNullable<TokenLimits['rate']> {
  const [, runs, seconds] = /^(\d+)\/(\d+)s$/.exec(rate) ?? []
  if (Number(runs) > 0 && Number(seconds) > 0) return { runs: Number(runs), windowMs: Number(seconds) * 1_000 }
  throw new InvalidArgumentError('It must be runs and seconds, such as 600/60s.')
}

function parseQuota(quota: string): NonNullable<TokenLimits['quota']> {
  const [, runs, period] = /^([1-9]\d*)\/(day|month|total)$/.exec(quota) ?? []
  if (runs !== undefined && period !== undefined) return { runs: Number(runs), period: period as 'day' }
  throw new InvalidArgumentError('It must be runs and a period, such as 100000/month.')
}

function parseWhole(count: string): number {
  if (/^[1-9]\d{0,5}$/.test(count)) return Number(count)
  throw new InvalidArgumentError('It must be a whole number from 1.')
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value]
}

function collectScope(value: string, values: readonly Scope[]): readonly Scope[] {
  const scope = scopes.find((each) => each === value)
  if (scope === undefined) throw new InvalidArgumentError(`It must be one of ${scopes.join(', ')}.`)
  return [...values, scope]
}
