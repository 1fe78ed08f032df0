/**
 * Packs every published package, checks the tarballs (publint, are-the-types-wrong), installs them in an empty folder and uses them:
 * every public entry is imported without the source condition, and a package's `smoke` script runs against the installed copy.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports?: Record<string, unknown>
}

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-pack-'))
try {
  main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function main(): void {
  run('tsc', ['-b'], root)
  const packages = publishedPackages()
  const tarballs = packages.map((directory) => pack(directory))
  installAll(tarballs)
  for (const directory of packages) useInstalled(directory)
  console.log(`pack smoke: ${packages.length} packages packed, checked, installed and used`)
}

function publishedPackages(): string[] {
  const parent = join(root, 'packages')
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter((directory) => existsSync(join(directory, 'package.json')) && manifestOf(directory).private !== true)
}

function manifestOf(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
}

function pack(directory: string): string {
  const output = run('npm', ['pack', '--json', '--pack-destination', folder], directory)
  const [packed] = JSON.parse(output) as { filename: string }[]
  if (packed === undefined) throw new Error(`npm pack of ${directory} gave no tarball`)
  const tarball = join(folder, packed.filename)
  run('publint', ['--strict', tarball], root)
  run('attw', [tarball, '--profile', 'esm-only', '--quiet'], root)
  return tarball
}

function installAll(tarballs: readonly string[]): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'smoke', private: true, type: 'module' }))
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs], folder)
}

/** Imports each entry that needs no optional peer, then runs `test/smoke.js` of the package, if there is one, in the folder. */
function useInstalled(directory: string): void {
  const manifest = manifestOf(directory)
  for (const entry of Object.keys(manifest.exports ?? {})) {
    if (entry.endsWith('.json')) continue
    const specifier = manifest.name + entry.slice(1)
    run(process.execPath, ['--input-type=module', '-e', `await import(${JSON.stringify(specifier)})`], folder)
  }
  const smoke = join(directory, 'test', 'smoke.js')
  if (!existsSync(smoke)) return
  writeFileSync(join(folder, 'smoke.js'), readFileSync(smoke))
  run(process.execPath, ['smoke.js'], folder)
}

function run(command: string, args: readonly string[], cwd: string): string {
  const local = join(root, 'node_modules', '.bin')
  const env = { ...process.env, PATH: `${local}:${process.env['PATH'] ?? ''}` }
  try {
    return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`"${command} ${args.join(' ')}" failed\n${stdout ?? ''}${stderr ?? ''}`)
  }
}
