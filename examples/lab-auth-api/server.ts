/** Starts the API: `node server.ts`. PORT is its port; FIXED lists the planted faults to leave out: `log`, `leak`. */
import { authApi } from './auth-api.ts'

const fixed = (process.env['FIXED'] ?? '').split(',')
const app = authApi({ slowLog: !fixed.includes('log'), leak: !fixed.includes('leak') })
const address = await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' })
console.log(address)
process.send?.(address)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close())
