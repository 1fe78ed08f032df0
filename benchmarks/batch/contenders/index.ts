import type { Contender, Setup } from './contender.ts'

/** Loaded one at a time, each in a process of its own. */
export const contenders: Readonly<Record<string, () => Promise<(setup: Setup) => Contender>>> = {
  evenkeel: async () => (await import('./evenkeel.ts')).evenkeel,
  opentelemetry: async () => (await import('./opentelemetry.ts')).opentelemetry,
  segment: async () => (await import('./segment.ts')).segment,
  posthog: async () => (await import('./posthog.ts')).posthog,
  influx: async () => (await import('./influx.ts')).influx,
  elasticsearch: async () => (await import('./elasticsearch.ts')).elasticsearch,
}
