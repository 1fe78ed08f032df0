import { fileURLToPath } from 'node:url'
import type { Engine } from '@evenkeel/pool/engine'

/** A real host process whose driver does what the program's source says; see `test-driver.host.ts`. */
export function testEngine(config: { failBoot?: boolean; streams?: boolean } = {}): Engine {
  return {
    name: 'test',
    freshness: ['context'],
    streams: config.streams === true,
    launch: () => ({
      entry: fileURLToPath(new URL('test-driver.host.ts', import.meta.url)),
      nodeFlags: [
        '--conditions=@evenkeel/source',
        '--permission',
        `--allow-fs-read=${fileURLToPath(new URL('../../../../', import.meta.url))}*`,
      ],
      env: {},
      config,
      residentMb: 400,
    }),
  }
}
