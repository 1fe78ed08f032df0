export { registerOpenTelemetry, withoutTracing, type ContextModule } from './telemetry/opentelemetry.ts'
