export { prometheusText, registerPrometheus, type PrometheusRegistry } from './telemetry/prometheus.ts'
