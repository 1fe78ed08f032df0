import type { CompatApp } from '../../../src/apps/compat/compat-app.host.ts'

/** Asks an app in this process. */
export function ask(app: CompatApp, path: string, init: RequestInit = {}): Promise<Response> {
  return app.fetch(new Request(`http://localhost:3000${path}`, init), {}, { remoteAddress: '127.0.0.1' })
}

export const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
