/**
 * Installs and builds the fixture's page in Next.js, React Router in framework mode, and Watt, in a folder outside the repository:
 * node benchmarks/pages/prepare-rivals.ts /tmp/rivals
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildRival } from './support/build-rival.ts'

const [target] = process.argv.slice(2)
assert.ok(target, 'name a folder')
const sites = fileURLToPath(new URL('sites/', import.meta.url))
const board = readFileSync(join(sites, 'fixture/pages/_parts/board.tsx'), 'utf8')
const react = { react: '19.3.1', 'react-dom': '19.3.1' }

prepare('next', {
  dependencies: { next: '16.4.6', ...react },
  files: {
    'app/layout.jsx':
      'export default function Layout({ children }) {\n  return <html lang="en"><body>{children}</body></html>\n}\n',
    'app/page.jsx':
      "import { Board } from './board.tsx'\nexport const dynamic = 'force-dynamic'\nexport default function Page() {\n  return <Board />\n}\n",
    'app/board.tsx': `'use client'\n${board}`,
    'next.config.mjs': 'export default { typescript: { ignoreBuildErrors: true } }\n',
  },
  build: ['node', 'node_modules/next/dist/bin/next', 'build'],
})

prepare('react-router', {
  dependencies: {
    '@react-router/dev': '7.18.4',
    '@react-router/node': '7.18.4',
    '@react-router/serve': '7.18.4',
    isbot: '5',
    'react-router': '7.18.4',
    vite: '7',
    ...react,
  },
  files: {
    'vite.config.js':
      "import { reactRouter } from '@react-router/dev/vite'\nexport default { plugins: [reactRouter()] }\n",
    'app/root.jsx':
      'import { Outlet, Scripts } from \'react-router\'\nexport default function Root() {\n  return <html lang="en"><head><title>Board</title></head><body><Outlet /><Scripts /></body></html>\n}\n',
    'app/routes.ts': "import { index } from '@react-router/dev/routes'\nexport default [index('routes/home.jsx')]\n",
    'app/routes/home.jsx':
      "import { Board } from '../board.tsx'\nexport default function Home() {\n  return <Board />\n}\n",
    'app/board.tsx': board,
  },
  build: ['node', 'node_modules/@react-router/dev/bin.js', 'build'],
})

const watt = prepare('watt', {
  dependencies: { wattpm: '3.67.0', '@platformatic/node': '3.65.0' },
  files: {
    'watt.json': JSON.stringify({
      module: '@platformatic/node',
      node: { main: './server.js' },
      application: { outputDirectory: 'dist' },
      runtime: {
        server: { hostname: '127.0.0.1', port: 4_103 },
        workers: availableParallelism(),
        logger: { level: 'error' },
      },
    }),
    'server.js':
      "import { createServer } from 'node:http'\nimport { renderPage } from './rival.mjs'\nexport function create() {\n  return createServer(async (request, response) => {\n    response.setHeader('content-type', 'text/html; charset=utf-8')\n    response.end(await renderPage(request.url))\n  })\n}\n",
  },
  build: ['node', '--version'],
})
await buildRival(join(sites, 'rival/board.tsx'), watt)

interface Rival {
  readonly dependencies: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
  readonly build: readonly [string, ...string[]]
}

/** Its folder has a file `ready` in the end. */
function prepare(name: string, { dependencies, files, build }: Rival): string {
  const folder = join(target ?? '', name)
  rmSync(join(folder, 'ready'), { force: true })
  const manifest = { name: `rival-${name}`, private: true, type: 'module', dependencies }
  for (const [file, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  run(folder, ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'])
  run(folder, build)
  writeFileSync(join(folder, 'ready'), '')
  console.log(`${name} is ready in ${folder}`)
  return folder
}

function run(cwd: string, [command, ...args]: readonly [string, ...string[]]): void {
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
  const program = command === 'node' ? process.execPath : command
  const { status } = spawnSync(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
  assert.equal(status, 0, `${command} ${args.join(' ')} failed in ${cwd}`)
}
