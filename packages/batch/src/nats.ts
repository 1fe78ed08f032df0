export { natsTransport, type NatsTransportOptions } from './nats/nats-transport.ts'
