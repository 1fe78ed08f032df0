/* global Bun */
import app from '../project/apps/app.js'

Bun.serve({ port: Number(process.env.PORT), hostname: '127.0.0.1', reusePort: true, ...app })
