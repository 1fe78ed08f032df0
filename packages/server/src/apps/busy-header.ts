/** With it a runtime tells the gateway how long an answer kept its event loop busy, in milliseconds; visitors do not see it. */
export const busyHeader = 'x-evenkeel-busy'

/** Less than this is not worth a header, in milliseconds. */
export const leastBusyMs = 3
