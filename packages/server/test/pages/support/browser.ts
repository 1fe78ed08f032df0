import { existsSync } from 'node:fs'
import { chromium, type Browser, type Page } from 'playwright-core'

const path = process.env['EVENKEEL_TEST_CHROMIUM'] ?? '/usr/bin/chromium'

/** Why browser tests cannot run, or false. With `CI=true` an absent browser fails the tests instead. */
export const browserSkip: string | false =
  existsSync(path) || process.env['CI'] === 'true'
    ? false
    : `no Chromium at "${path}" (set EVENKEEL_TEST_CHROMIUM to its path)`

export function launchBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
  return chromium.launch({ executablePath: path, args: [...args, '--disable-component-update', '--disable-sync'] })
}

/** Everything that a page should not do: errors and warnings of the console, exceptions, requests that fail. */
export function watchPage(page: Page): readonly string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`)
  })
  return complaints
}
