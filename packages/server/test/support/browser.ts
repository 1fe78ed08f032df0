import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const path = process.env['EVENKEEL_TEST_CHROMIUM'] ?? '/usr/bin/chromium'

/** Why browser tests cannot run, or false. With `CI=true` an absent browser fails the tests instead. */
export const browserSkip: string | false =
  existsSync(path) || process.env['CI'] === 'true'
    ? false
    : `no Chromium at "${path}" (set EVENKEEL_TEST_CHROMIUM to its path)`

export function launchBrowser(): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  return chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet] })
}
