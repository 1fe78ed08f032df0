import type { ServerOptions } from '@evenkeel/server'

/** Two apps of the other examples, and short limits, so that a runaway block is answered while you watch. */
const config: ServerOptions = {
  apps: { chat: { file: '../apps-chat/app.ts' }, clock: { file: '../apps-sse-clock/app.ts' } },
  blocks: { limits: { wallMs: 2_000 }, maxLimits: { wallMs: 10_000 } },
}

export default config
