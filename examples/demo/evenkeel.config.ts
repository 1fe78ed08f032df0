import type { ServerOptions } from '@evenkeel/server'

/** Short limits, so that a runaway block is answered while you watch. */
const config: ServerOptions = {
  blocks: { limits: { wallMs: 2_000 }, maxLimits: { wallMs: 10_000 } },
}

export default config
